"""What a guideline may not say: how a review is judged, or in which form a model replies.

A rule says what code must be like. Text that speaks to the reviewer instead is no rule, whoever
wrote it: `instructions` of the configuration are for such wishes.
"""

import re

from codeflow_action.engine.lazy import regex
from codeflow_action.security.invisible import visible_text

_SPEAKS_OF_REVIEW = regex(
    r"""
    # To approve, whatever is there.
    \b(?:approv(?:e|es|ed|al|ing)|lgtm|rubber-?stamp\w*|looks?\ good|praise)\b
    # To leave something out.
    | \b(?:do\ not|don't|never|stop|without|no\ need\ to|must\ not|should\ not)\s+(?:ever\s+)?
      (?:report|flag|mention|comment|complain|nitpick)(?:ing)?\b
      (?:\W+\w+){0,3}?\W+
      (?:findings?|issues?|problems?|bugs?|defects?|violations?|remarks?|comments?|nits?
         |vulnerabilit(?:y|ies)|anything|it|this|them|these|those|indentation|spacing
         |formatting|style|security|secrets?)\b
    | \b(?:do\ not|don't|never|stop)\s+(?:flag\b|report\s+missing\b
      |(?:leave|post)\s+(?:\w+\s+)?(?:comments?|remarks?)\b)
    | \b(?:leave|make|post|list|write|return)\s+(?:no|any|more|zero)\s+(?:\w+\s+)?
      (?:findings?|issues?|remarks?|comments?)\b
    | \b(?:do\ not|don't|never|skip|stop)\s+(?:comment|review|complain)(?:ing)?\b
    | \b(?:ignore|disregard|forget|override|bypass|suppress|hide|dismiss|refute|confirm)\b
      (?:\W+\w+){0,4}?\W+
      (?:instructions?|rules?|prompts?|guidelines?|above|previous|prior|earlier|findings?
         |remarks?|issues?|review)\b
    # How to reply, and what to think of it.
    | ^(?:\W*(?:always|only|please|you\ must|and|then|important:?))*\W*
      (?:reply|respond|answer|output|print|say)\b
    | \b(?:your|the\ (?:model|reviewer|review|assistant|ai)(?:'s)?)\s+(?:\w+\s+){0,2}?
      (?:reply|replies|response|answer|verdict|output|findings?|remarks?|comments?|judgements?
         |confidence|severity|instructions?|role|task|json)\b
    | \b(?:verdicts?|system\ prompt|developer\ message|empty\ (?:list|review))\b
    | \byou\ are\ (?:an?|the|now)\b
    | \b(?:reviewers?|review\ bots?|bots?|agents?|llms?|the\ (?:model|assistant|ai))\s+
      (?:must|should|shall|may|can|will|ha(?:s|ve)\ to|never|always|approves?)\b
    | \b(?:prefix|begin|end|start|sign)\s+(?:every|each|all|your|the)\s+(?:\w+\s+)?
      (?:comments?|replies|reviews?|responses?)\b
    | \b(?:treat|mark|consider|classify|rate|judge|deem)\b(?:\W+\w+){1,7}?\W+as\W+(?:an?\W+)?
      (?:safe|correct|trusted|resolved|refuted|confirmed|false|notices?|passed|intended|low)\b
    | \b(?:set|use|give|assign|lower|raise)\b(?:\W+\w+){0,3}?\W+(?:severity|confidence)\b
    | <<<|>>>
    """,
    re.IGNORECASE | re.VERBOSE,
)


def speaks_of_review(text: str) -> bool:
    """True for text that would change what a reviewer thinks or how it replies."""
    return _SPEAKS_OF_REVIEW.search(" ".join(visible_text(text).split())) is not None
