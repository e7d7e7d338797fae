package dev.tandem.store.redis.link;

import static dev.tandem.store.redis.link.Links.await;
import static dev.tandem.store.redis.link.Links.incr;
import static dev.tandem.store.redis.link.Links.options;
import static dev.tandem.store.redis.link.Links.storeFailure;
import static dev.tandem.store.redis.link.Links.within;
import static dev.tandem.store.redis.link.Links.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a link says of itself. */
class LinkStatusTest {
    private final Links links = new Links();

    @AfterEach
    void close() {
        links.close();
    }

    private static LinkStatus status(RedisLink link) {
        return await(link.status());
    }

    private static LinkStatus.Server only(RedisLink link) {
        List<LinkStatus.Server> servers = status(link).servers();
        assertThat(servers).hasSize(1);
        return servers.get(0);
    }

    @Test
    void status_beforeTheFirstCall_tellsTheServerWithoutAConnection() {
        RedisServer server = SharedServers.standalone();
        LinkStatus.Server only = only(links.open(server.url()));

        assertThat(only.address()).isEqualTo("127.0.0.1:" + server.port());
        assertThat(only.up() + only.connecting() + only.down()).isZero();
        assertThat(only.durability()).isNotNull();
        assertThat(only.durability().powerCutLosesWord()).isEqualTo("everything");
        assertThat(only.durability().failoverLosesWord()).isEqualTo("no_replica");
    }

    @Test
    void status_whileTheServerIsSilent_tellsWhatWaitsAndWhatWasLate() {
        try (RedisServer server = RedisServer.start()) {
            RedisLink link = links.open(server.url());
            await(write(link, "n"));
            assertThat(only(link).up()).isEqualTo(1);
            server.pause();
            Future<Response> patient = write(link, "n");
            Future<Response> late = link.send("n", incr("n"), within(Duration.ofMillis(50)), true);
            storeFailure(late);

            LinkStatus.Server silent = only(link);
            assertThat(silent.calls()).as("the late one is still owed a reply").isEqualTo(2);
            assertThat(silent.callBytes()).isPositive();
            assertThat(status(link).counts().timedOut()).isEqualTo(1);
            server.resume();
            await(patient);
            await("the late reply has come", () -> only(link).calls() == 0);
            assertThat(only(link).callBytes()).isZero();
        }
    }

    @Test
    void status_whileTheServerIsGone_isDownAndThenUpAgain() {
        try (RedisServer server = RedisServer.start()) {
            RedisLink link = links.open(server.url());
            await(write(link, "n"));
            long made = status(link).counts().connectionsMade();
            server.kill();
            await("down", () -> only(link).down() == 1);
            assertThat(only(link).unfit()).isZero();
            assertThat(status(link).counts().connectionsLost()).isEqualTo(1);
            server.restart();
            await("up", () -> only(link).up() == 1);
            assertThat(status(link).counts().connectionsMade()).isEqualTo(made + 1);
        }
    }

    @Test
    void status_afterTheServerCameBackPromisingTooLittle_isUnfit() {
        try (RedisServer server = RedisServer.start("appendonly yes", "appendfsync always")) {
            RedisLink link = links.open(options(server.url())
                    .require(RedisRequirement.parse("fsync"))
                    .build());
            await(write(link, "n"));
            server.command("CONFIG", "SET", "appendfsync", "no");
            server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");

            await("unfit", () -> only(link).unfit() == 1);
            assertThat(storeFailure(write(link, "n"))).hasMessageContaining("appendfsync always");
            assertThat(only(link).down()).isEqualTo(1);
            server.command("CONFIG", "SET", "appendfsync", "always");
            await("up", () -> only(link).up() == 1);
        }
    }

    @Test
    void status_ofACluster_tellsEachPrimaryAndWhatWasSentElsewhere() {
        RedisLink link = links.open(SharedServers.cluster().url());
        await(write(link, "a"));

        LinkStatus status = status(link);
        assertThat(status.servers()).hasSize(3);
        assertThat(status.servers().stream().mapToInt(LinkStatus.Server::up).sum())
                .isEqualTo(1);
        assertThat(status.counts().moved()).isZero();
    }

    @Test
    void requirement_asText_isReadAsTheSame() {
        for (String text : List.of(
                "none", "aof", "fsync", "min-replicas=2", "wait=1", "waitaof=0", "fsync,min-replicas=1,waitaof=2")) {
            RedisRequirement require = RedisRequirement.parse(text);
            assertThat(require).hasToString(text);
        }
    }
}
