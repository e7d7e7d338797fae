package dev.tandem.store.redis.link;

import static dev.tandem.store.redis.link.Links.options;
import static dev.tandem.store.redis.link.Links.read;
import static dev.tandem.store.redis.link.Links.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.redis.servers.RedisReplication;
import dev.tandem.store.redis.servers.RedisServer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A link whose primary the Sentinels name follows it wherever they say it is. */
class SentinelLinkTest {
    private final Links links = new Links();

    @AfterEach
    void close() {
        links.close();
    }

    @Test
    void failOver_asked_underLoad_losesNothingThatTheReplicasAcknowledged() {
        try (RedisReplication replication = RedisReplication.start(2)) {
            // WAIT for both: asked to fail over while all is well, a Sentinel takes the one that was furthest when it
            // looked last,
            // up to ten seconds ago. On a busy machine that was one that had fallen behind since.
            RedisLink link = links.open(options(replication.url())
                    .require(RedisRequirement.parse("wait=2"))
                    .build());
            Load load = new Load(links.vertx, link, 64, "n");
            load.awaitSucceeded(500);
            RedisServer first = replication.primary();
            replication.failOver();
            load.awaitSucceeded(load.succeeded() + 500);
            load.stop();
            System.out.println("failover on request: " + load);
            assertNothingLost(replication, first, link, load);
        }
    }

    @Test
    void primary_killed_underLoad_isReplaced() {
        try (RedisReplication replication = RedisReplication.start(2)) {
            RedisLink link = links.open(options(replication.url())
                    .require(RedisRequirement.parse("wait=1"))
                    .build());
            Load load = new Load(links.vertx, link, 64, "n");
            load.awaitSucceeded(500);
            RedisServer first = replication.primary();
            first.kill();
            load.awaitSucceeded(load.succeeded() + 500);
            load.stop();
            System.out.println("primary killed: " + load);
            assertNothingLost(replication, first, link, load);
        }
    }

    @Test
    void primary_silent_underLoad_isReplacedAndNotGoneBackTo() {
        try (RedisReplication replication = RedisReplication.start(2)) {
            RedisLink link = links.open(options(replication.url())
                    .callTimeout(Duration.ofMillis(600))
                    .waitTimeout(Duration.ofMillis(300))
                    .require(RedisRequirement.parse("wait=1"))
                    .build());
            Load load = new Load(links.vertx, link, 64, "n");
            load.awaitSucceeded(500);
            RedisServer first = replication.primary();
            first.pause();
            load.awaitSucceeded(load.succeeded() + 500);
            first.resume();
            load.awaitSucceeded(load.succeeded() + 500);
            load.stop();
            System.out.println("primary silent: " + load);
            assertNothingLost(replication, first, link, load);
        }
    }

    private static void assertNothingLost(RedisReplication replication, RedisServer first, RedisLink link, Load load) {
        RedisServer now = replication.awaitOtherPrimary(first);
        long stored = Long.parseLong(now.command("GET", Links.key("n")));
        assertThat((long) Links.await(read(link, "n")).toInteger()).isEqualTo(stored);
        assertThat(stored).isBetween(load.succeeded(), load.succeeded() + load.doubtful());
        assertThat(load.other()).isZero();
    }

    @Test
    void sentinel_killed_othersAreAsked() {
        try (RedisReplication replication = RedisReplication.start(1)) {
            replication.sentinels().get(0).kill();
            RedisLink link = links.open(replication.url());
            assertThat(Links.await(write(link, "n")).toInteger()).isEqualTo(1);
        }
    }

    @Test
    void open_unknownName_saysSo() {
        try (RedisReplication replication = RedisReplication.start(0)) {
            String refusal = links.refusal(options(replication.url().replace("/tandem", "/other"))
                    .startTimeout(Duration.ZERO)
                    .build());
            assertThat(refusal).contains("the primary other is");
        }
    }
}
