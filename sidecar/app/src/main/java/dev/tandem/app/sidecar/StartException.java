package dev.tandem.app.sidecar;

import dev.tandem.store.StoreException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A process that could not be started; the message tells people why, and what to do. */
public final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The same failure, as people are told of it. */
    static StartException of(Throwable failure) {
        if (failure instanceof StartException known) {
            return known;
        }
        boolean isExpected = failure instanceof StoreException || failure instanceof IOException;
        String message = messageOf(failure);
        return new StartException(
                isExpected
                        ? message
                        : "it could not start: " + failure.getClass().getName() + ": " + message,
                failure);
    }

    static String messageOf(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }
}
