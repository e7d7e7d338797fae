package dev.tandem.bench;

import dev.tandem.store.redis.link.Credentials;
import dev.tandem.store.redis.link.RedisTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Who the benchmark is to a Redis, from the same variables that the sidecar which it starts reads for itself.
 *
 * @param credentials user and password
 * @param tls for {@code rediss} addresses
 */
record RedisLogin(Credentials credentials, RedisTls tls) {
    static final RedisLogin NONE = new RedisLogin(Credentials.NONE, RedisTls.DEFAULT);

    /**
     * Reads {@code TANDEM_REDIS_USER}, {@code _PASSWORD} or {@code _PASSWORD_FILE}, and {@code _TLS_CA_FILE}, {@code
     * _TLS_CERTIFICATE_FILE} and {@code _TLS_KEY_FILE}.
     */
    static RedisLogin of(UnaryOperator<@Nullable String> environment) {
        try {
            return new RedisLogin(
                    new Credentials(environment.apply("TANDEM_REDIS_USER"), password(environment)),
                    new RedisTls(
                            path(environment.apply("TANDEM_REDIS_TLS_CA_FILE")),
                            path(environment.apply("TANDEM_REDIS_TLS_CERTIFICATE_FILE")),
                            path(environment.apply("TANDEM_REDIS_TLS_KEY_FILE")),
                            null));
        } catch (IllegalArgumentException e) {
            throw new BenchException(String.valueOf(e.getMessage()), e);
        }
    }

    private static @Nullable String password(UnaryOperator<@Nullable String> environment) {
        String file = environment.apply("TANDEM_REDIS_PASSWORD_FILE");
        if (file == null) {
            return environment.apply("TANDEM_REDIS_PASSWORD");
        }
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            throw new BenchException("can't read the password in " + file + ": " + e.getMessage(), e);
        }
    }

    private static @Nullable Path path(@Nullable String text) {
        return text == null ? null : Path.of(text);
    }
}
