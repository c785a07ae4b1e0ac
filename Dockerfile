# Container actions run as root: the workspace and the runner's files belong to other users.
# A release gives the digest of this tag (release.yml); a build at home takes the image that is there.
ARG BASE=python:3.13-slim-trixie
FROM ${BASE} AS build
WORKDIR /src
COPY requirements ./requirements
# pip compiles bytecode as it installs; without it the first import takes seconds longer.
RUN python -m venv /opt/codeflow \
    && /opt/codeflow/bin/pip install --no-cache-dir --require-hashes \
    -r requirements/build.txt -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY examples ./examples
COPY codeflow_action ./codeflow_action
RUN /opt/codeflow/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/codeflow/bin/pip uninstall --yes poetry-core pip \
    # Descriptions of Amazon's services, 28 MB: to sign a request, none of them is read.
    && rm -r /opt/codeflow/lib/python3*/site-packages/botocore/data \
    && /opt/codeflow/bin/python -I -c \
    "import boto3; boto3.Session('id', 'key', region_name='here').get_credentials().token"
# The scanner's rules take seconds to compile: done once, here.
RUN mkdir /opt/codeflow/rules && KF_RULE_CACHE_DIR=/opt/codeflow/rules \
    /opt/codeflow/bin/python -I -m codeflow_action.integrations.kingfisher

FROM ${BASE}
LABEL org.opencontainers.image.title="CodeFlow" \
    org.opencontainers.image.description="Reviews and automates pull requests" \
    org.opencontainers.image.source="https://github.com/org/codeflow" \
    org.opencontainers.image.licenses="MIT"
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/codeflow /opt/codeflow
ENV KF_RULE_CACHE_DIR=/opt/codeflow/rules
ENTRYPOINT ["/opt/codeflow/bin/python", "-I", "-m", "codeflow_action"]
