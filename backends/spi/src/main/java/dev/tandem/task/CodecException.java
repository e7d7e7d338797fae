package dev.tandem.task;

/** Bytes that are not what the codec wrote, or that a newer version wrote. Nothing was changed. */
public final class CodecException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CodecException(String message) {
        super(message);
    }
}
