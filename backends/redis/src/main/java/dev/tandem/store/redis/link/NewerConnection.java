package dev.tandem.store.redis.link;

/**
 * A request was not sent, because the connection to its server was made after the request was: see {@link
 * RedisLink#generation}. It may be made anew, and sent.
 */
public final class NewerConnection extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Without a stack, which would say nothing. */
    NewerConnection() {
        super("the connection is newer than the request", null, false, false);
    }
}
