package dev.tandem.store.redis.link;

import org.jspecify.annotations.Nullable;

/**
 * What a server is told of who we are. Never prints the password.
 *
 * @param user of the server's ACL; null is its user {@code default}
 * @param password null if the server asks for none
 */
public record Credentials(@Nullable String user, @Nullable String password) {
    /** Neither user nor password. */
    public static final Credentials NONE = new Credentials(null, null);

    public Credentials {
        if (user != null && password == null) {
            throw new IllegalArgumentException("the Redis user " + user
                    + " needs a password: set redis.password_file, or TANDEM_REDIS_PASSWORD in the environment");
        }
    }

    /** The user's name, and whether there is a password. */
    @Override
    public String toString() {
        return (user == null ? "default" : user) + (password == null ? "" : " with a password");
    }
}
