package dev.tandem.backup;

/** A backup that can't be made, read or taken over; the message is a sentence for people. */
public final class BackupException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Kind {
        /** The file is none of ours, of a newer format, damaged, or ends too early. */
        BAD_FILE,
        /** The store, or the backup, has no such namespace. */
        NO_SUCH_NAMESPACE,
        /** A namespace is not empty, and nobody said that it may be written into. */
        NOT_EMPTY,
        /** Changes could not be read before they were forgotten, or before still more were made. */
        CHANGES_LOST
    }

    private final Kind kind;

    BackupException(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    static BackupException badFile(String message) {
        return new BackupException(Kind.BAD_FILE, message);
    }

    public Kind kind() {
        return kind;
    }
}
