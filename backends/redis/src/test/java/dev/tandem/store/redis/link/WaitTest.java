package dev.tandem.store.redis.link;

import static dev.tandem.store.redis.link.Links.await;
import static dev.tandem.store.redis.link.Links.options;
import static dev.tandem.store.redis.link.Links.read;
import static dev.tandem.store.redis.link.Links.storeFailure;
import static dev.tandem.store.redis.link.Links.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Writes that replicas or disks have to acknowledge. */
class WaitTest {
    private final Links links = new Links();

    @AfterEach
    void close() {
        links.close();
    }

    private RedisLink open(RedisServer server, String require) {
        return links.open(options(server.url())
                .require(RedisRequirement.parse(require))
                .waitTimeout(Duration.ofMillis(100))
                .build());
    }

    @Test
    void write_replicaAcknowledges_succeedsAndTheReplicaHasIt() {
        try (RedisServer primary = RedisServer.start();
                RedisServer replica = RedisServer.startReplicaOf(primary)) {
            RedisLink link = open(primary, "wait=1");
            List<Future<Response>> all =
                    IntStream.range(0, 1_000).mapToObj(i -> write(link, "n")).toList();
            assertThat(await(all.get(999)).toInteger()).isEqualTo(1_000);
            assertThat(replica.command("GET", Links.key("n"))).isEqualTo("1000");
        }
    }

    @Test
    void write_replicaSilent_mayBeAppliedAndSaysHowMany() {
        try (RedisServer primary = RedisServer.start();
                RedisServer replica = RedisServer.startReplicaOf(primary)) {
            RedisLink link = open(primary, "wait=1");
            await(write(link, "n"));
            replica.pause();
            StoreException doubtful = storeFailure(write(link, "n"));
            assertThat(doubtful.kind()).isEqualTo(FailureKind.MAYBE_APPLIED);
            assertThat(doubtful).hasMessageContaining("only 0 of 1 replicas");
            assertThat(await(read(link, "n")).toInteger()).as("it was").isEqualTo(2);
            replica.resume();
            Links.await(
                    "acknowledged again",
                    () -> write(link, "n").map(true).otherwise(false).await());
        }
    }

    @Test
    void write_deadlinePassesWhileItWaits_mayBeAppliedAtOnce() {
        try (RedisServer primary = RedisServer.start()) {
            RedisLink link = links.open(options(primary.url())
                    .require(RedisRequirement.parse("wait=1"))
                    .waitTimeout(Duration.ofSeconds(2))
                    .build());
            await(read(link, "n"));
            long before = System.nanoTime();
            StoreException doubtful =
                    storeFailure(link.send("n", Links.incr("n"), Links.within(Duration.ofMillis(50)), true));
            assertThat(doubtful.kind()).isEqualTo(FailureKind.MAYBE_APPLIED);
            assertThat(System.nanoTime() - before).isLessThan(1_000_000_000L);
        }
    }

    @Test
    void errorReply_isTheRequestsNotTheReplicas() {
        RedisLink link = open(SharedServers.standalone(), "wait=0");
        assertThat(Links.failure(link.send(
                        "w",
                        Links.cmd(io.vertx.redis.client.Command.EVALSHA, "0".repeat(40), 1, Links.key("w")),
                        CallOptions.DEFAULT,
                        true)))
                .isInstanceOf(ErrorType.class);
    }

    @Test
    void waitAof_olderServer_isRefusedAtTheStart() {
        try (RedisServer server = RedisServer.start("appendonly yes")) {
            assumeFalse(server.hasCommand("WAITAOF"), "the test server has WAITAOF");
            assertThat(links.refusal(options(server.url())
                            .require(RedisRequirement.parse("waitaof=0"))
                            .startTimeout(Duration.ZERO)
                            .build()))
                    .contains("has no WAITAOF");
        }
    }

    @Test
    void waitAof_newerServer_syncsAndIsOnDisk() {
        try (RedisServer server = RedisServer.start("appendonly yes", "appendfsync everysec")) {
            assumeTrue(server.hasCommand("WAITAOF"), "the test server has no WAITAOF: 7.2 has, see TANDEM_TEST_REDIS");
            RedisLink link = links.open(options(server.url())
                    .require(RedisRequirement.parse("waitaof=0"))
                    .waitTimeout(Duration.ofMillis(2_900))
                    .build());
            assertThat(await(write(link, "n")).toInteger()).isEqualTo(1);
            assertThat(link.durability()).isEqualTo(Durability.DISK);
        }
    }

    /** WAITAOF waits for what such a server never does. */
    @Test
    void waitAof_serverThatNeverSyncs_isRefusedAtTheStart() {
        try (RedisServer server = RedisServer.start("appendonly yes", "appendfsync no")) {
            assertThat(links.refusal(options(server.url())
                            .require(RedisRequirement.parse("waitaof=0"))
                            .startTimeout(Duration.ZERO)
                            .build()))
                    .contains("set appendfsync everysec or always");
        }
    }
}
