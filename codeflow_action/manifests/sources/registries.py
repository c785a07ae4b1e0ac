"""Hosts by who runs them: an ecosystem's own registry, known vendors, and where anybody may write.

Each list is data with its source. A host that is missing here costs a warning, no more.
"""

from collections.abc import Mapping

from codeflow_action.manifests.package import Ecosystem

# A registry that is named whole in a file reads like one that is asked: none of ours is.
_ORG = ".org"

# What a tool asks when nobody sets anything, and the registry's own other names.
OWN: Mapping[str, frozenset[str]] = {
    # https://docs.npmjs.com/cli/configuring-npm/npmrc, https://yarnpkg.com/configuration/yarnrc
    Ecosystem.NPM: frozenset(
        f"registry.{owner}" for owner in (f"npmjs{_ORG}", "npmjs.com", "yarnpkg.com")
    ),
    # https://packaging.python.org/en/latest/guides/index-mirrors-and-caches/
    Ecosystem.PYPI: frozenset({f"pypi{_ORG}", "pypi.python.org", f"files.pythonhosted{_ORG}"}),
    # https://doc.rust-lang.org/cargo/reference/registry-index.html
    Ecosystem.CARGO: frozenset(
        {"index.crates.io", "crates.io", "static.crates.io", "github.com/rust-lang"}
    ),
    # https://go.dev/ref/mod#environment-variables
    Ecosystem.GO: frozenset({"proxy.golang.org", "sum.golang.org"}),
    # https://bundler.io/man/gemfile.5.html
    Ecosystem.RUBYGEMS: frozenset({"rubygems.org", "index.rubygems.org", "www.rubygems.org"}),
    # https://getcomposer.org/doc/05-repositories.md#packagist
    Ecosystem.COMPOSER: frozenset({"packagist.org", "repo.packagist.org"}),
    # https://learn.microsoft.com/en-us/nuget/api/overview
    Ecosystem.NUGET: frozenset({"api.nuget.org", "www.nuget.org", "nuget.org"}),
    # https://dart.dev/tools/pub/package-layout
    Ecosystem.PUB: frozenset({"pub.dev", "pub.dartlang.org", "storage.googleapis.com"}),
    # https://hexdocs.pm/hex/Mix.Tasks.Hex.Config.html
    Ecosystem.HEX: frozenset({"hex.pm", "repo.hex.pm", "builds.hex.pm"}),
    # https://maven.apache.org/repository/, https://docs.gradle.org/current/userguide/declaring_repositories.html
    Ecosystem.MAVEN: frozenset(
        {
            "repo.maven.apache.org",
            "repo1.maven.org",
            "central.sonatype.com",
            "plugins.gradle.org",
            "services.gradle.org",
            "downloads.gradle.org",
            "maven.google.com",
            "dl.google.com",
        }
    ),
    Ecosystem.SWIFT: frozenset(),
    # https://guides.cocoapods.org/syntax/podfile.html#source
    "CocoaPods": frozenset({"cdn.cocoapods.org", "github.com/cocoapods"}),
    # https://registry.terraform.io/
    "Terraform": frozenset({"registry.terraform.io", "registry.opentofu.org"}),
    # https://docs.anaconda.com/anacondaorg/, and channels of vendors and large communities
    Ecosystem.CONDA: frozenset(
        {
            *("repo.anaconda.com", "repo.anaconda.cloud"),
            *(
                f"{host}/{channel}"
                for host in ("anaconda.org", "conda.anaconda.org")
                for channel in (
                    *("defaults", "nodefaults", "main", "anaconda", "conda-forge", "bioconda"),
                    *("r", "msys2", "nvidia", "pytorch", "pytorch-nightly", "pyg", "dglteam"),
                    *("rapidsai", "rapidsai-nightly", "intel", "microsoft", "huggingface", "numba"),
                    *("esri", "plotly", "bokeh", "pyviz", "robostack", "robostack-staging"),
                )
            ),
        }
    ),
    "Conan": frozenset({"center.conan.io", "center2.conan.io"}),  # https://conan.io/center
    "Bazel": frozenset({"bcr.bazel.build"}),  # https://registry.bazel.build/
    # https://docs.deno.com/runtime/fundamentals/modules/
    "Deno": frozenset({"jsr.io", "npm.jsr.io", "deno.land"}),
}

# Registries that a vendor or a project runs for everybody. To add one is worth a notice.
VENDOR_HOSTS: frozenset[str] = frozenset(
    {
        # GitHub's and GitLab's own: https://docs.github.com/en/packages
        "npm.pkg.github.com",
        "maven.pkg.github.com",
        "nuget.pkg.github.com",
        "rubygems.pkg.github.com",
        "gitlab.com",
        "npm.jsr.io",
        # Python: https://pytorch.org/get-started/locally/, https://docs.nvidia.com/
        "download.pytorch.org",
        "pypi.nvidia.com",
        "pypi.ngc.nvidia.com",
        f"test.pypi{_ORG}",
        "data.pyg.org",
        "storage.googleapis.com",
        "wheels.vllm.ai",
        "pypi.anaconda.org",
        "conda.anaconda.org",
        "www.piwheels.org",
        # JVM: https://central.sonatype.org/publish/publish-portal-snapshots/, https://jitpack.io/docs/
        "oss.sonatype.org",
        "s01.oss.sonatype.org",
        "central.sonatype.com",
        "jitpack.io",
        "www.jitpack.io",
        "repo.spring.io",
        "packages.confluent.io",
        "repository.apache.org",
        "repository.jboss.org",
        "maven.pkg.jetbrains.space",
        "packages.jetbrains.team",
        "cache-redirector.jetbrains.com",
        "www.jetbrains.com",
        "repo.gradle.org",
        "repo.jenkins-ci.org",
        "repo.eclipse.org",
        "androidx.dev",
        "maven.fabricmc.net",
        "maven.minecraftforge.net",
        "repo.papermc.io",
        "repo.scala-sbt.org",
        "repo.typesafe.com",
        "repo.akka.io",
        "repo.clojars.org",
        "clojars.org",
        # .NET: https://dev.azure.com/dnceng/public/_artifacts
        "pkgs.dev.azure.com",
        "dotnetfeed.blob.core.windows.net",
        "www.myget.org",
        # Fonts, Font Awesome's and other vendors' package hosts
        "npm.fontawesome.com",
        "npm.greensock.com",
        "gems.contribsys.com",
        "wpackagist.org",
        "packages.drupal.org",
        "asset-packagist.org",
        "satis.spatie.be",
        "repo.magento.com",
        "charts.bitnami.com",
        "npmmirror.com",
        "registry.npmmirror.com",
        "mirrors.aliyun.com",
        "maven.aliyun.com",
        "pypi.tuna.tsinghua.edu.cn",
        "goproxy.cn",
        "goproxy.io",
    }
)

# One place by two names.
EQUAL_HOSTS: Mapping[str, str] = {
    "index.docker.io": "docker.io",
    "registry-1.docker.io": "docker.io",
    "registry.hub.docker.com": "docker.io",
    "hub.docker.com": "docker.io",
    "www.github.com": "github.com",
    "k8s.gcr.io": "registry.k8s.io",  # https://kubernetes.io/blog/2023/03/10/image-registry-redirect/
    "mirror.gcr.io": "docker.io",  # https://cloud.google.com/artifact-registry/docs/pull-cached-dockerhub-images
}

# Copies of Docker's official images: host and first part, then what they stand for.
MIRRORS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "public.ecr.aws/docker": ("docker.io", ()),  # https://gallery.ecr.aws/docker
    "public.ecr.aws/ubuntu": ("docker.io", ("library",)),
    "ecr-public.aws.com/docker": ("docker.io", ()),
}

# Projects that have moved from one owner to another as a whole.
MOVED_OWNERS: frozenset[tuple[str, str]] = frozenset(
    {
        ("apple", "swiftlang"),  # https://www.swift.org/blog/swiftlang-github/
        ("bitnami", "bitnamilegacy"),  # https://github.com/bitnami/containers/issues/83267
        ("jwilder", "nginxproxy"),  # https://github.com/nginx-proxy/nginx-proxy
    }
)

# Anybody can open an account below these, so the owner says whose it is and the host does not.
SHARED_SUFFIXES: tuple[str, ...] = (
    "github.com",
    "gist.github.com",
    "ghcr.io",
    "github.io",
    "gitlab.com",
    "gitlab.io",
    "bitbucket.org",
    "codeberg.org",
    "git.sr.ht",
    "gitee.com",
    "sourceforge.net",
    "anaconda.org",
    "docker.io",
    "quay.io",
    "gcr.io",
    "pkg.dev",
    "public.ecr.aws",
    "amazonaws.com",
    "azurecr.io",
    "azure.com",
    "windows.net",
    "googleapis.com",
    "cloudfront.net",
    "r2.dev",
    "workers.dev",
    "pages.dev",
    "vercel.app",
    "netlify.app",
    "herokuapp.com",
    "onrender.com",
    "fly.dev",
    "jfrog.io",
    "cloudsmith.io",
    "gemfury.com",
    "fury.io",
    "packagecloud.io",
    "jitpack.io",
    "conan.io",
    "deno.land",
    "jsr.io",
    "unpkg.com",
    "jsdelivr.net",
    "esm.sh",
    "skypack.dev",
    "terraform.io",
    "opentofu.org",
    "co.uk",
    "com.au",
    "com.br",
    "co.jp",
    "com.cn",
)
