package dev.tandem.backup;

/**
 * Reads a backup to its end without taking anything over, to know whether it is whole.
 *
 * <p>Holds no more of it than a frame. Used by one thread at a time.
 */
public final class BackupCheck {
    private final FrameReader reader = new FrameReader();

    /**
     * Takes the next bytes.
     *
     * @throws BackupException if they show that this is no backup, one of a newer format, or damaged
     */
    public void take(byte[] bytes, int from, int length) {
        reader.feed(bytes, from, length);
        while (reader.next() != null) {
            // Reading a frame checks it.
        }
    }

    /**
     * What it has; to be called when there are no more bytes.
     *
     * @throws BackupException if that is too early
     */
    public BackupContents end() {
        return reader.end();
    }
}
