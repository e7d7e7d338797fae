package dev.tandem.store.redis.link;

import static dev.tandem.store.redis.link.Links.await;
import static dev.tandem.store.redis.link.Links.options;
import static dev.tandem.store.redis.link.Links.read;
import static dev.tandem.store.redis.link.Links.storeFailure;
import static dev.tandem.store.redis.link.Links.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.store.redis.servers.TestCertificate;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a link connects to, and the sentences of what it refuses. */
class ConnectTest {
    private static final RedisTls NO_TLS = RedisTls.DEFAULT;

    private static TestCertificate server;
    private static TestCertificate stranger;

    private final Links links = new Links();

    @BeforeAll
    static void makeCertificates() {
        server = TestCertificate.create("redis.test");
        stranger = TestCertificate.create("client.test");
    }

    @AfterEach
    void close() {
        links.close();
    }

    private void assertServes(RedisOptions options) {
        assertThat(await(write(links.open(options), "n")).toInteger()).isEqualTo(1);
    }

    private String refusal(RedisOptions.Builder options) {
        return links.refusal(options.startTimeout(Duration.ZERO).build());
    }

    // ---- who we are

    @Test
    void open_password_isUsed() {
        try (RedisServer redis = RedisServer.startWithPassword("s3cret")) {
            assertServes(options(redis.url())
                    .credentials(new Credentials(null, "s3cret"))
                    .build());
        }
    }

    @Test
    void open_wrongOrNoPassword_saysWhatToSetAndNotThePassword() {
        try (RedisServer redis = RedisServer.startWithPassword("s3cret")) {
            assertThat(refusal(options(redis.url()))).contains("asks for a password", "redis.password_file");
            assertThat(refusal(options(redis.url()).credentials(new Credentials(null, "guess"))))
                    .contains("does not know this user and password", "redis.password_file")
                    .doesNotContain("guess", "s3cret");
        }
    }

    @Test
    void open_aclUser_isUsedAndItsLimitsAreTold() {
        try (RedisServer redis = RedisServer.start(
                "user tandem on >s3cret ~tandem:* +@all -@dangerous +info",
                "user tight on >s3cret ~* +hello +info +config|get +get")) {
            Credentials tandem = new Credentials("tandem", "s3cret");
            RedisLink link = links.open(options(redis.url()).credentials(tandem).build());
            assertThat(await(write(link, "n")).toInteger()).isEqualTo(1);
            Credentials tight = new Credentials("tight", "s3cret");
            RedisLink tightLink =
                    links.open(options(redis.url()).credentials(tight).build());
            StoreException refused = storeFailure(write(tightLink, "n"));
            assertThat(refused.kind()).isEqualTo(FailureKind.NOT_APPLIED);
            assertThat(refused).hasMessageContaining("ACL user lacks a right");
            assertThat(await(read(tightLink, "n")).toInteger()).isEqualTo(1);
        }
    }

    @Test
    void open_configForbidden_worksAndKnowsLess() {
        try (RedisServer redis =
                RedisServer.start("rename-command CONFIG \"\"", "appendonly yes", "appendfsync always")) {
            RedisLink link = links.open(redis.url());
            assertThat(await(write(link, "n")).toInteger()).isEqualTo(1);
            assertThat(link.durability()).as("not known to be on disk").isEqualTo(Durability.PROCESS);
            assertThat(refusal(options(redis.url()).require(RedisRequirement.parse("fsync"))))
                    .contains("does not let us read appendfsync");
        }
    }

    // ---- how

    @Test
    void open_unixSocket_serves() {
        try (RedisServer redis = RedisServer.start()) {
            assertServes(options("redis+unix://" + redis.unixSocket()).build());
        }
    }

    @Test
    void open_tls_servesWithTheRightNameOnly() {
        try (RedisServer redis = RedisServer.startWithTls(server, null)) {
            Path ca = server.certificateFile();
            assertServes(options(redis.tlsUrl())
                    .tls(new RedisTls(ca, null, null, "redis.test"))
                    .build());
            assertThat(refusal(options(redis.tlsUrl()).tls(new RedisTls(ca, null, null, null))))
                    .contains("TLS failed", "redis.tls.server_name");
            assertThat(refusal(options(redis.tlsUrl()).tls(new RedisTls(ca, null, null, "other.test"))))
                    .contains("TLS failed", "redis.tls.server_name");
            assertThat(refusal(options(redis.tlsUrl())
                            .tls(new RedisTls(stranger.certificateFile(), null, null, "redis.test"))))
                    .contains("TLS failed", "redis.tls.ca_file");
            assertThat(refusal(options(redis.tlsUrl()).tls(NO_TLS))).contains("TLS failed", "redis.tls.ca_file");
        }
    }

    @Test
    void open_clientCertificate_isShownWhereOneIsAskedFor() {
        try (RedisServer redis = RedisServer.startWithTls(server, stranger)) {
            Path ca = server.certificateFile();
            assertServes(options(redis.tlsUrl())
                    .tls(new RedisTls(ca, stranger.certificateFile(), stranger.keyFile(), "redis.test"))
                    .build());
            assertThat(refusal(options(redis.tlsUrl()).tls(new RedisTls(ca, null, null, "redis.test"))))
                    .contains("can't be used");
        }
    }

    @Test
    void open_tlsToAPlainServerAndPlainToTls_areRefused() {
        try (RedisServer redis = RedisServer.startWithTls(server, null)) {
            String tlsAtPlain = redis.url().replace("redis:", "rediss:");
            assertThat(refusal(options(tlsAtPlain).connectTimeout(Duration.ofMillis(500))))
                    .contains("can't be used");
            String plainAtTls = redis.tlsUrl().replace("rediss:", "redis:");
            assertThat(refusal(options(plainAtTls).connectTimeout(Duration.ofMillis(500))))
                    .contains("can't be used");
        }
    }

    @Test
    void open_caFileMissing_isNamed() {
        assertThat(refusal(options("rediss://127.0.0.1:1")
                        .tls(new RedisTls(Path.of("/nowhere/ca.pem"), null, null, null))))
                .contains("/nowhere/ca.pem");
    }

    // ---- what

    @Test
    void open_nobodyListens_saysSo() {
        assertThat(refusal(options("redis://127.0.0.1:1"))).contains("127.0.0.1:1", "can't be used", "refused");
    }

    @Test
    void open_serverStartsLate_isWaitedFor() {
        RedisServer redis = RedisServer.start();
        redis.kill();
        redis.beginRestart();
        try (redis) {
            assertServes(options(redis.url()).build());
        }
    }

    @Test
    void open_notARedis_saysSo() {
        try (FakeServer http = new FakeServer(links.vertx, said -> "HTTP/1.1 400 Bad Request\r\n\r\n");
                FakeServer silent = new FakeServer(links.vertx, said -> "")) {
            assertThat(refusal(options(http.url()))).contains("not Redis's protocol");
            assertThat(refusal(options(silent.url()).connectTimeout(Duration.ofMillis(100))))
                    .contains("did not answer within 100 ms");
        }
    }

    @Test
    void open_tooOld_saysWhichWillDo() {
        try (FakeServer five = new FakeServer(
                        links.vertx, said -> "-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n");
                FakeServer six = new FakeServer(
                        links.vertx, said -> "%2\r\n$7\r\nversion\r\n$5\r\n6.0.9\r\n$4\r\nrole\r\n$6\r\nmaster\r\n")) {
            assertThat(refusal(options(five.url()))).contains("too old", "6.2");
            assertThat(refusal(options(six.url()))).contains("6.0.9", "too old", "6.2");
        }
    }

    @Test
    void open_aReplica_isRefused() {
        try (RedisServer primary = RedisServer.start();
                RedisServer replica = RedisServer.startReplicaOf(primary)) {
            assertThat(refusal(options(replica.url()))).contains("is a replica, not a primary");
        }
    }

    @Test
    void open_aNodeOfAClusterAsStandalone_saysWhatToWrite() {
        assertThat(refusal(options(SharedServers.cluster().nodes().get(0).url())))
                .contains("redis+cluster://");
    }

    @Test
    void open_standaloneAsACluster_saysWhatToWrite() {
        assertThat(refusal(options(SharedServers.standalone().url().replace("redis:", "redis+cluster:"))))
                .contains("is no node of a cluster", "redis://");
    }

    // ---- what it promises

    @Test
    void open_evictingPolicy_isRefused() {
        try (RedisServer redis = RedisServer.start("maxmemory 100mb", "maxmemory-policy allkeys-lru")) {
            assertThat(refusal(options(redis.url())))
                    .contains("would delete tasks", "allkeys-lru", "maxmemory-policy noeviction");
        }
    }

    @Test
    void open_promisesLessThanRequired_isRefusedWithWhatToSet() {
        String url = SharedServers.standalone().url();
        assertThat(refusal(options(url).require(RedisRequirement.parse("fsync,min-replicas=1"))))
                .contains("redis.require", "appendonly yes", "appendfsync always", "min-replicas-to-write 1");
        assertThat(refusal(options(url).require(RedisRequirement.parse("aof")))).contains("appendonly yes");
    }

    @Test
    void open_promisesWhatIsRequired_servesAndIsOnDisk() {
        try (RedisServer redis = RedisServer.start("appendonly yes", "appendfsync always")) {
            RedisLink link = links.open(options(redis.url())
                    .require(RedisRequirement.parse("fsync"))
                    .build());
            assertThat(await(write(link, "n")).toInteger()).isEqualTo(1);
            assertThat(link.durability()).isEqualTo(Durability.DISK);
        }
    }

    // ---- while it runs

    @Test
    void demoted_whileConnected_writesAreRefusedAndNotDoubtful() {
        try (RedisServer first = RedisServer.start();
                RedisServer second = RedisServer.start()) {
            RedisLink link = links.open(first.url());
            await(write(link, "n"));
            first.command("REPLICAOF", "127.0.0.1", String.valueOf(second.port()));
            StoreException refused = storeFailure(write(link, "n"));
            assertThat(refused.kind()).isEqualTo(FailureKind.NOT_APPLIED);
            Links.await(
                    "told that it is a replica",
                    () -> storeFailure(write(link, "n")).getMessage().contains("is a replica, not a primary"));
            first.command("REPLICAOF", "NO", "ONE");
            Links.await(
                    "served again",
                    () -> write(link, "n").map(true).otherwise(false).await());
        }
    }

    @Test
    void memoryFull_writesAreRefusedAndReadsAnswered() {
        try (RedisServer redis = RedisServer.start()) {
            RedisLink link = links.open(redis.url());
            await(write(link, "n"));
            redis.command("CONFIG", "SET", "maxmemory", "1");
            StoreException refused = storeFailure(write(link, "n"));
            assertThat(refused.kind()).isEqualTo(FailureKind.OVERLOADED);
            assertThat(refused).hasMessageContaining("raise maxmemory");
            assertThat(await(read(link, "n")).toInteger()).isEqualTo(1);
            redis.command("CONFIG", "SET", "maxmemory", "0");
            assertThat(await(write(link, "n")).toInteger()).isEqualTo(2);
        }
    }

    @Test
    void killedAndRestarted_underLoad_refusesThenServesAndCountsNothingTwice() {
        try (RedisServer redis = RedisServer.start("appendonly yes", "appendfsync always")) {
            RedisLink link = links.open(redis.url());
            Load load = new Load(links.vertx, link, 64, "n");
            load.awaitSucceeded(1_000);
            redis.kill();
            load.await("refused", () -> load.refused() > 1_000);
            long doubtful = load.doubtful();
            redis.restart();
            load.awaitSucceeded(load.succeeded() + 1_000);
            load.stop();
            assertThat(doubtful).as("only what was under way").isLessThanOrEqualTo(64);
            int stored = await(read(link, "n")).toInteger();
            assertThat((long) stored).isBetween(load.succeeded(), load.succeeded() + load.doubtful());
            assertThat(load.other()).isZero();
        }
    }
}
