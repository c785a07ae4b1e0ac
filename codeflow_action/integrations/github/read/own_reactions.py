"""Which reactions to a comment are ours: they tell what became of a command."""

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.errors import GitHubError, NotFound
from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.read.threads import RestUser, is_login


class _Reaction(BaseModel):
    """https://docs.github.com/rest/reactions/reactions."""

    model_config = ConfigDict(extra="ignore", defer_build=True)
    content: str
    user: RestUser | None = None


async def read_own_reactions(api: GitHubApi, path: str, login: str) -> frozenset[str] | None:
    """Return the contents of what `login` left at the comment at `path`.

    None where the comment is gone. Where reactions cannot be read there are none: the worst that
    may come of it is a second answer, which the answer's own mark prevents.
    """
    try:
        answer = await api.get_pages(f"{path}/reactions")
    except NotFound:
        return None
    except GitHubError:
        return frozenset()
    reactions = [parse_as(_Reaction, entry) for entry in answer]
    return frozenset(reaction.content for reaction in reactions if is_login(reaction.user, login))
