package dev.tandem.task;

/** The bounds of what a caller may ask. Those that a deployment may set itself are only defaults here. */
public final class Limits {
    /** The longest id of a task, queue, kind, scope, node, label key, worker or request, in characters. */
    public static final int NAME_LENGTH_MAX = 128;

    /** The longest namespace, in characters: a DNS label. */
    public static final int NAMESPACE_LENGTH_MAX = 63;

    /** How the namespaces begin in which Tandem keeps its own records; no caller can name such a one. */
    private static final String OWN_NAMESPACE_PREFIX = "~";

    public static final int LABELS_MAX = 32;
    public static final int LABEL_VALUE_BYTES_MAX = 256;

    /** The most nodes that a task can be fanned out to. */
    public static final int PARTS_MAX = 256;

    /** The longest local id of a part, and note of progress, in UTF-8 bytes. */
    public static final int TEXT_BYTES_MAX = 1024;

    public static final int ERROR_CODE_LENGTH_MAX = 128;
    public static final int ERROR_MESSAGE_BYTES_MAX = 8 * 1024;

    /** The largest payload, and result, in bytes, unless configured. */
    public static final int PAYLOAD_BYTES_DEFAULT = 256 * 1024;

    public static final int PRIORITY_MIN = -1000;
    public static final int PRIORITY_MAX = 1000;

    public static final long LEASE_MILLIS_MIN = 100;
    public static final long LEASE_MILLIS_MAX = 24 * 3600_000L;
    public static final long LEASE_MILLIS_DEFAULT = 30_000;

    public static final int ATTEMPTS_MAX = 1000;
    public static final long BACKOFF_MILLIS_MAX = 7 * 24 * 3600_000L;
    public static final int MULTIPLIER_PERMILLE_MAX = 10_000;

    /** The longest retention, delay and schedule ahead: ten years. */
    public static final long HORIZON_MILLIS_MAX = 3650L * 24 * 3600_000L;

    public static final int PAGE_SIZE_DEFAULT = 50;
    public static final int PAGE_SIZE_MAX = 1000;

    /**
     * A page or a claim ends, however few tasks it has, when these are this many bytes of payload and result: with the last of
     * them it still fits into 4 MiB, which gRPC's clients take unless they are told otherwise.
     */
    public static final int PAGE_BYTES_MAX = 3 * 1024 * 1024;

    /** The most tasks that one claim or batch call takes. */
    public static final int BATCH_MAX = 100;

    /** The most queues that one claim names. */
    public static final int QUEUES_MAX = 32;

    /** The most tasks that one sweep or prune command changes, so that it never holds a store for long. */
    public static final int SWEEP_MAX = 1000;

    /** The most records that one mirror command carries; and how many bytes they take, but for the last of them. */
    public static final int MIRROR_MAX = 100;

    public static final int MIRROR_BYTES_MAX = 1024 * 1024;

    /** The longest policy that a gate keeps. */
    public static final int POLICY_BYTES_MAX = 4 * 1024;

    /** How long a store remembers a request id after the command was applied, unless configured. */
    public static final long REQUEST_KEEP_MILLIS_DEFAULT = 3600_000L;

    /** How long a store keeps a deleted task's tombstone, unless configured: longer than any retry lives. */
    public static final long TOMBSTONE_KEEP_MILLIS_DEFAULT = 24 * 3600_000L;

    private Limits() {}

    /** Whether callers may name a namespace so: by a DNS label. */
    public static boolean isNamespace(String name) {
        int length = name.length();
        if (length == 0 || length > NAMESPACE_LENGTH_MAX || name.charAt(0) == '-' || name.charAt(length - 1) == '-') {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = name.charAt(i);
            if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') {
                return false;
            }
        }
        return true;
    }

    /** Whether Tandem keeps records of its own in this namespace: callers neither see nor change it, and no backup has it. */
    public static boolean isOwnNamespace(String namespace) {
        return namespace.startsWith(OWN_NAMESPACE_PREFIX);
    }
}
