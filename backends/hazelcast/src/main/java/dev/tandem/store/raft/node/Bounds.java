package dev.tandem.store.raft.node;

/** What both sides of a link check in their options. */
final class Bounds {
    /** A batch of a mebibyte, and the largest payload behind it. */
    static final int MESSAGE_BYTES_DEFAULT = 20 * 1024 * 1024;

    /** A batch of small commands must fit. */
    private static final int MESSAGE_BYTES_MIN = 2 * 1024 * 1024;

    private static final int MESSAGE_BYTES_MAX = 256 * 1024 * 1024;

    private Bounds() {}

    static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, not " + value);
        }
    }

    static void messageBytes(int value) {
        if (value < MESSAGE_BYTES_MIN || value > MESSAGE_BYTES_MAX) {
            throw new IllegalArgumentException("messageBytesMax must be from " + MESSAGE_BYTES_MIN + " to "
                    + MESSAGE_BYTES_MAX + ", not " + value);
        }
    }
}
