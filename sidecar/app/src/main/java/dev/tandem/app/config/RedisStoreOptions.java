package dev.tandem.app.config;

import dev.tandem.store.redis.RedisTaskStore;
import dev.tandem.store.redis.link.Credentials;
import dev.tandem.store.redis.link.RedisAddress;
import dev.tandem.store.redis.link.RedisOptions;
import dev.tandem.store.redis.link.RedisRequirement;
import dev.tandem.store.redis.link.RedisTls;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a store in Redis is opened with.
 *
 * @param link how its servers are reached
 * @param store what it keeps for how long
 */
public record RedisStoreOptions(RedisOptions link, RedisTaskStore.Settings store) {
    /** The first pause between two tries to reach a server. */
    private static final Duration RECONNECT_DELAY_MIN = Duration.ofMillis(20);

    /**
     * The typed view of the keys that begin with redis.
     *
     * @throws IllegalArgumentException if some of them contradict each other, with a sentence that says what to do
     */
    static RedisStoreOptions of(StoreLocation.Redis location, Settings settings) {
        @Nullable String require = settings.find(Keys.REDIS_REQUIRE);
        RedisOptions link = RedisOptions.builder(RedisAddress.parse(location.address()))
                .credentials(new Credentials(settings.find(Keys.REDIS_USER), settings.find(Keys.REDIS_PASSWORD)))
                .sentinelCredentials(new Credentials(
                        settings.find(Keys.REDIS_SENTINEL_USER), settings.find(Keys.REDIS_SENTINEL_PASSWORD)))
                .tls(new RedisTls(
                        settings.find(Keys.REDIS_TLS_CA_FILE),
                        settings.find(Keys.REDIS_TLS_CERTIFICATE_FILE),
                        settings.find(Keys.REDIS_TLS_KEY_FILE),
                        settings.find(Keys.REDIS_TLS_SERVER_NAME)))
                .require(require == null ? RedisRequirement.NONE : RedisRequirement.parse(require))
                .connections(settings.get(Keys.REDIS_CONNECTIONS), settings.get(Keys.REDIS_BLOCKING_CONNECTIONS))
                .calls(settings.get(Keys.REDIS_CALLS), settings.get(Keys.REDIS_CALL_BYTES))
                .callTimeout(settings.get(Keys.REDIS_CALL_TIMEOUT))
                .connectTimeout(settings.get(Keys.REDIS_CONNECT_TIMEOUT))
                .startTimeout(settings.get(Keys.REDIS_START_TIMEOUT))
                .reconnectDelay(RECONNECT_DELAY_MIN, settings.get(Keys.REDIS_RECONNECT_DELAY))
                .waitTimeout(settings.get(Keys.REDIS_WAIT_TIMEOUT))
                .build();
        return new RedisStoreOptions(
                link,
                new RedisTaskStore.Settings(settings.get(Keys.REDIS_TOMBSTONE_KEEP), settings.get(Keys.REDIS_CHANGES)));
    }
}
