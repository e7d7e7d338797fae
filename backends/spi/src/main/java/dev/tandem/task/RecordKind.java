package dev.tandem.task;

/** The kinds of records that a namespace holds, in the order in which they are scanned. */
public enum RecordKind {
    TASK(1),
    TOMBSTONE(2),
    LEASE(3),
    REQUEST(4);

    private final int code;

    RecordKind(int code) {
        this.code = code;
    }

    /** The number that stands for this kind in stored bytes; never reused, never changed. */
    public int code() {
        return code;
    }

    /**
     * The kind with this {@link #code}.
     *
     * @throws CodecException if there is none
     */
    public static RecordKind ofCode(int code) {
        for (RecordKind kind : values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        throw new CodecException("unknown kind of record " + code);
    }
}
