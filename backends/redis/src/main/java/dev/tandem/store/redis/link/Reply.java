package dev.tandem.store.redis.link;

import io.vertx.redis.client.Response;
import org.jspecify.annotations.Nullable;

/** Whoever waits for the next reply of a connection. Called once, on the connection's event loop. */
interface Reply {
    /** What {@link #sentNanos} gives where nobody needs to know. */
    long NOT_SENT = Long.MIN_VALUE;

    /** For requests whose reply tells nothing. */
    Reply IGNORED = new Reply() {
        @Override
        public void reply(@Nullable Response response) {}

        @Override
        public void lost(String why) {}
    };

    /**
     * The reply has come.
     *
     * @param response null for nil; {@link io.vertx.redis.client.impl.types.ErrorType} for an error
     */
    void reply(@Nullable Response response);

    /** When its request was sent, by {@link System#nanoTime}, or {@link #NOT_SENT}. */
    default long sentNanos() {
        return NOT_SENT;
    }

    /** The connection ended before the reply. */
    void lost(String why);
}
