package dev.tandem.client;

/** The machine-readable reasons of errors, as {@link TandemException#reason()} gives them. */
public final class Reasons {
    public static final String INVALID_ARGUMENT = "INVALID_ARGUMENT";
    public static final String PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE";
    public static final String INVALID_PAGE_TOKEN = "INVALID_PAGE_TOKEN";
    public static final String INVALID_CURSOR = "INVALID_CURSOR";
    public static final String NOT_FOUND = "NOT_FOUND";
    public static final String ALREADY_EXISTS = "ALREADY_EXISTS";
    public static final String VERSION_MISMATCH = "VERSION_MISMATCH";
    public static final String ILLEGAL_TRANSITION = "ILLEGAL_TRANSITION";
    public static final String WRONG_STATE = "WRONG_STATE";
    public static final String LEASE_LOST = "LEASE_LOST";
    public static final String LEASE_REQUIRED = "LEASE_REQUIRED";
    public static final String LEASE_HELD = "LEASE_HELD";
    public static final String PARTS_DECIDE = "PARTS_DECIDE";
    public static final String TOO_MANY_PARTS = "TOO_MANY_PARTS";
    public static final String REQUEST_ID_REUSED = "REQUEST_ID_REUSED";
    public static final String CURSOR_EXPIRED = "CURSOR_EXPIRED";
    public static final String OVERLOADED = "OVERLOADED";
    public static final String NOT_APPLIED = "NOT_APPLIED";
    public static final String DRAINING = "DRAINING";
    public static final String DEADLINE_PASSED = "DEADLINE_PASSED";
    public static final String MAYBE_APPLIED = "MAYBE_APPLIED";
    public static final String CORRUPT = "CORRUPT";

    /** The client's own: the sidecar could not be reached, so nothing was applied. */
    public static final String UNREACHABLE = "UNREACHABLE";

    /** The client's own: the connection broke before the answer came. */
    public static final String CONNECTION_LOST = "CONNECTION_LOST";

    /** The client's own: the caller called it off, or closed the client. */
    public static final String CANCELED = "CANCELED";

    /** The client's own: what answered does not speak gRPC, or not as it should. */
    public static final String BAD_ANSWER = "BAD_ANSWER";

    private Reasons() {}
}
