package dev.tandem.store.raft.log;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A data folder that is not to be used as it is: in use, another cluster's, newer, damaged, unreadable or full. The message
 * is a sentence for whoever runs the member; it names the file, and says what to do.
 */
public final class DataFolderException extends IOException {
    private static final long serialVersionUID = 1L;

    public DataFolderException(String sentence) {
        this(sentence, null);
    }

    public DataFolderException(String sentence, @Nullable Throwable cause) {
        super(sentence, cause);
    }
}
