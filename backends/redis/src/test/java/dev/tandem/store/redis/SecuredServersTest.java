package dev.tandem.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.store.StoreException;
import dev.tandem.store.redis.link.Credentials;
import dev.tandem.store.redis.link.RedisOptions;
import dev.tandem.store.redis.link.RedisTls;
import dev.tandem.store.redis.servers.RedisCluster;
import dev.tandem.store.redis.servers.SecuredReplication;
import dev.tandem.store.redis.servers.TestCertificate;
import dev.tandem.task.Task;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Sentinels and clusters with TLS, and with passwords. */
class SecuredServersTest extends StoreTest {
    private static TestCertificate certificate;

    @BeforeAll
    static void makeCertificate() {
        certificate = TestCertificate.create("redis.test");
    }

    private static RedisOptions.Builder options(String url) {
        return Stores.options(url).tls(new RedisTls(certificate.certificateFile(), null, null, "redis.test"));
    }

    private void assertRefused(RedisOptions.Builder options, String... says) {
        assertThatThrownBy(() -> new Sidecar(options.startTimeout(Duration.ZERO).build()))
                .isInstanceOf(StoreException.class)
                .satisfies(refused -> assertThat(refused.getMessage()).contains(says));
    }

    @Test
    void sentinel_withTlsAndPasswords_isFollowedThroughAFailover() {
        try (SecuredReplication replication = SecuredReplication.start(certificate)) {
            Credentials servers = new Credentials(null, SecuredReplication.PASSWORD);
            Credentials sentinels = new Credentials(null, SecuredReplication.SENTINEL_PASSWORD);
            assertRefused(options(replication.url()).credentials(servers), "asks for a password");
            assertRefused(
                    options(replication.url()).credentials(servers).sentinelCredentials(servers),
                    "does not know this user and password");
            assertRefused(options(replication.url()).sentinelCredentials(sentinels), "asks for a password");
            Sidecar sidecar = new Sidecar(options(replication.url())
                    .credentials(servers)
                    .sentinelCredentials(sentinels)
                    .build());
            Task task = sidecar.calls.apply(Tasks.create("a"));

            replication.failOver();
            sidecar.awaitServer();

            assertThat(sidecar.calls.find("a")).contains(task);
            waitUntil("it takes writes", () -> {
                try {
                    sidecar.calls.execute(Tasks.cancel("a"));
                    return true;
                } catch (StoreException e) {
                    return false;
                }
            });
            assertThat(sidecar.told).isEmpty();
        }
    }

    @Test
    void cluster_withTls_servesOnAllNodes() {
        try (RedisCluster cluster = RedisCluster.startWithTls(certificate, 3)) {
            assertRefused(Stores.options(cluster.url()), "TLS failed", "redis.tls.ca_file");
            Sidecar sidecar = new Sidecar(options(cluster.url()).build());
            for (int i = 0; i < 8; i++) {
                StoreCalls calls = sidecar.calls.in("n" + i);
                Task task = calls.apply(Tasks.create("a"));
                assertThat(calls.get("a")).isEqualTo(task);
            }
            String key = "{n0}";
            int from = cluster.nodes().indexOf(cluster.primaryOf(key));
            assertThat(cluster.nodes()
                            .get((from + 1) % 3)
                            .command("CLUSTER", "COUNTKEYSINSLOT", "" + cluster.slot(key)))
                    .isEqualTo("0");
        }
    }
}
