package dev.tandem.store;

/** What the caller of a failed call may do: a failure is named by whether the command was applied. */
public enum FailureKind {
    /** Nothing was changed; the call may be made again. */
    NOT_APPLIED,
    /** It may have been applied, or may yet be: ask, or repeat it under the same request id. */
    MAYBE_APPLIED,
    /** Nothing was changed, because a bound was reached: make the call again after a pause. */
    OVERLOADED,
    /** Nothing was changed, because the call was routed by an old policy: route it again. */
    FENCED,
    /** Nothing was changed, because the call's deadline had passed. */
    DEADLINE_PASSED,
    /** The stored record can't be read; repeating the call will not help. */
    CORRUPT
}
