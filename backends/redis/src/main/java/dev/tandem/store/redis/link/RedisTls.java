package dev.tandem.store.redis.link;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a server with TLS is known, and how we show who we are; used with {@code rediss} addresses alone.
 *
 * @param caFile certificates (PEM) that may sign the server's; null is those that Java trusts
 * @param certificateFile our own certificate (PEM), or null for none
 * @param keyFile its private key (PEM, PKCS 8), or null for none
 * @param serverName the name that has to be in the server's certificate; null is the host that we connect to
 */
public record RedisTls(
        @Nullable Path caFile,
        @Nullable Path certificateFile,
        @Nullable Path keyFile,
        @Nullable String serverName) {
    /** Trusts what Java trusts, shows no certificate. */
    public static final RedisTls DEFAULT = new RedisTls(null, null, null, null);

    public RedisTls {
        if ((certificateFile == null) != (keyFile == null)) {
            throw new IllegalArgumentException(
                    "redis.tls.certificate_file and redis.tls.key_file go together: set both");
        }
    }
}
