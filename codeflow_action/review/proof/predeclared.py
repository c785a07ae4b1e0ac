"""Names that a language brings along, by grammar; for proof that one is *not* undefined.

Where a list is short the language's rules do not let code prove "undefined" anyway.
"""

import builtins
from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Not there in every version that is still run, or gone with Python 2.
DISPUTED_NAMES = _words(
    """
    BaseExceptionGroup EncodingWarning ExceptionGroup PythonFinalizationError aiter anext
    apply basestring buffer cmp coerce copyright credits execfile file intern license long
    raw_input reduce reload unichr
    unicode xrange WindowsError _
    """
)
# Bound in every module or class body (docs.python.org: reference/datamodel, Modules), or by tools
# that run a file with names of their own.
_PYTHON = _words(
    """
    __annotations__ __builtins__ __cached__ __class__ __conditional_annotations__ __doc__
    __file__ __loader__ __module__
    __name__ __package__ __path__ __qualname__ __spec__ __dict__ __debug__
    reveal_type reveal_locals get_ipython display
    """
)
# Without those that the names of browsers' and tools' globals have in common with people's own.
_ECMASCRIPT = _words(
    """
    AggregateError Array ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array Boolean DataView
    Date Error EvalError FinalizationRegistry Float32Array Float64Array Function Infinity Int8Array
    Int16Array Int32Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError
    ReferenceError Reflect RegExp Set SharedArrayBuffer String Symbol SyntaxError TypeError
    URIError Uint8Array Uint8ClampedArray Uint16Array Uint32Array WeakMap WeakRef WeakSet
    arguments decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis
    isFinite isNaN parseFloat parseInt undefined unescape
    console clearInterval clearTimeout fetch queueMicrotask setInterval setTimeout structuredClone
    URL URLSearchParams TextDecoder TextEncoder AbortController AbortSignal
    """
)
# go.dev/ref/spec, Predeclared identifiers
_GO = _words(
    """
    any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64
    rune string uint uint8 uint16 uint32 uint64 uintptr true false iota nil append cap close
    complex copy delete imag len make new panic print println real recover
    """
)
_GO_LATER = frozenset({"any", "comparable", "clear", "max", "min"})  # since 1.18 and 1.21
# docs.oracle.com: java.lang is imported everywhere
_JAVA = _words(
    """
    Boolean Byte Character Class ClassCastException CharSequence Comparable Deprecated Double Enum
    Error Exception Float FunctionalInterface IllegalArgumentException IllegalStateException
    IndexOutOfBoundsException Integer InterruptedException Iterable Long Math
    NullPointerException Number NumberFormatException Object Override Runnable Runtime
    RuntimeException SafeVarargs Short String StringBuilder SuppressWarnings System Thread
    Throwable UnsupportedOperationException Void
    """
)
# doc.rust-lang.org/std/prelude
_RUST = _words(
    """
    AsMut AsRef Box Clone Copy Default DoubleEndedIterator Drop Eq Err ExactSizeIterator Extend Fn
    FnMut FnOnce From Into IntoIterator Iterator None Ok Option Ord PartialEq PartialOrd Result
    Send Sized Some String Sync ToOwned ToString Unpin Vec drop assert assert_eq assert_ne
    debug_assert dbg eprint eprintln format matches panic print println todo unimplemented
    unreachable vec write writeln
    """
)
_RUBY = _words(
    """
    attr_accessor attr_reader attr_writer block_given? catch extend format freeze include lambda
    loop module_function p prepend print private proc protected public puts raise rand require
    require_relative sleep sprintf srand throw Array Float Hash Integer String
    """
)

PREDECLARED_NAMES: Mapping[str, frozenset[str]] = {
    "python": frozenset(dir(builtins)) | _PYTHON | DISPUTED_NAMES,
    "javascript": _ECMASCRIPT,
    "typescript": _ECMASCRIPT,
    "tsx": _ECMASCRIPT,
    "go": _GO - _GO_LATER,
    "java": _JAVA,
    "rust": _RUST,
    "ruby": _RUBY,
}
