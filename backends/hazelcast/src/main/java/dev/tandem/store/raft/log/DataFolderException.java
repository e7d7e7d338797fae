package dev.tandem.store.raft.log;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A data folder that is not to be used as it is: in use, another cluster's, newer, damaged, unreadable or full. The message
 * is a sentence for whoever runs the member; it names the file, and says what to do.
 */
public final class DataFolderException extends IOException {
    private static final long serialVersionUID = 1L;

    private final @Nullable String damage;

    public DataFolderException(String sentence) {
        this(sentence, null);
    }

    public DataFolderException(String sentence, @Nullable Throwable cause) {
        this(sentence, null, cause);
    }

    private DataFolderException(String sentence, @Nullable String damage, @Nullable Throwable cause) {
        super(sentence, cause);
        this.damage = damage;
    }

    /** What this member has is not whole, as {@code damage} says: a sentence without its full stop. */
    static DataFolderException damaged(String damage, @Nullable Throwable cause) {
        return new DataFolderException(
                damage + ". Move this member's data folder away and let it join as a new one; the others have its data",
                damage,
                cause);
    }

    /** The same for what somebody may have taken away. */
    static DataFolderException missing(String damage) {
        return new DataFolderException(
                damage + ". Put it back, or move this member's data folder away and let it join as a new one; the"
                        + " others have its data",
                damage,
                null);
    }

    /**
     * What is damaged or missing, without advice, which is another one where there are no other members: a sentence without its
     * full stop. Null if the folder is refused for something else.
     */
    public @Nullable String damage() {
        return damage;
    }
}
