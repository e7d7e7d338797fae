package dev.tandem.store.redis.link;

import static dev.tandem.store.redis.link.Links.await;
import static dev.tandem.store.redis.link.Links.options;
import static dev.tandem.store.redis.link.Links.read;
import static dev.tandem.store.redis.link.Links.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.redis.servers.RedisCluster;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A link to a cluster sends each namespace's calls to the node that has its slot, while slots move and nodes fail. */
class ClusterLinkTest {
    private final Links links = new Links();

    @AfterEach
    void close() {
        links.close();
    }

    private static RedisServer anotherThan(RedisServer node, RedisCluster cluster) {
        return cluster.nodes().stream().filter(each -> each != node).findFirst().orElseThrow();
    }

    @Test
    void send_manyNamespaces_reachTheirNodes() {
        RedisLink link = links.open(SharedServers.cluster().url());
        List<String> namespaces =
                IntStream.range(0, 50).mapToObj(i -> "many-" + i).toList();
        for (String namespace : namespaces) {
            assertThat(await(write(link, namespace)).toInteger()).isEqualTo(1);
        }
        for (String namespace : namespaces) {
            assertThat(SharedServers.cluster().primaryOf(Links.key(namespace)).command("GET", Links.key(namespace)))
                    .isEqualTo("1");
        }
        assertThat(link.sharesServer("many-1", "many-2")).isFalse();
        assertThat(link.sharesServer("many-1", "many-1")).isTrue();
    }

    @Test
    void slotMoved_nextCall_follows() {
        RedisCluster cluster = SharedServers.cluster();
        RedisLink link = links.open(cluster.url());
        await(write(link, "moved"));
        long generation = link.generation("moved");
        RedisServer source = cluster.primaryOf(Links.key("moved"));
        cluster.moveSlot(Links.key("moved"), anotherThan(source, cluster));
        assertThat(await(write(link, "moved")).toInteger()).isEqualTo(2);
        assertThat(link.generation("moved")).isGreaterThan(generation);
    }

    @Test
    void slotMoving_keyAtTheTarget_isAskedForThere() {
        RedisCluster cluster = SharedServers.cluster();
        RedisLink link = links.open(cluster.url());
        await(write(link, "asked"));
        RedisServer source = cluster.primaryOf(Links.key("asked"));
        RedisServer target = anotherThan(source, cluster);
        cluster.beginMove(Links.key("asked"), target);
        assertThat(await(write(link, "asked")).toInteger())
                .as("still at the source")
                .isEqualTo(2);
        cluster.moveKeys(Links.key("asked"), target);
        assertThat(await(write(link, "asked")).toInteger()).as("at the target").isEqualTo(3);
        cluster.endMove(Links.key("asked"), target);
        assertThat(await(write(link, "asked")).toInteger()).isEqualTo(4);
    }

    @Test
    void slotMoving_keysAtBoth_waitsUntilTheyAreTogether() {
        RedisCluster cluster = SharedServers.cluster();
        RedisLink link = links.open(cluster.url());
        String one = Links.key("both") + "1";
        String two = Links.key("both") + "2";
        Request both = Request.cmd(Command.EVAL)
                .arg("redis.call('incr',KEYS[1]) return redis.call('incr',KEYS[2])")
                .arg(2)
                .arg(one)
                .arg(two);
        await(link.send("both", both, CallOptions.DEFAULT, true));
        RedisServer source = cluster.primaryOf(one);
        RedisServer target = anotherThan(source, cluster);
        cluster.beginMove(one, target);
        source.command("MIGRATE", "127.0.0.1", String.valueOf(target.port()), one, "0", "5000");
        Future<Response> hurried = link.send("both", both, Links.within(Duration.ofMillis(100)), true);
        assertThat(Links.storeFailure(hurried).kind()).as("nothing was run").isEqualTo(FailureKind.DEADLINE_PASSED);
        Future<Response> waiting = link.send("both", both, CallOptions.DEFAULT, true);
        cluster.moveKeys(one, target);
        cluster.endMove(one, target);
        assertThat(await(waiting).toInteger()).isEqualTo(2);
        assertThat(target.command("GET", one)).isEqualTo("2");
    }

    @Test
    void nodesThatNameEachOther_areAskedUntilOneHasTheSlot() {
        RedisCluster cluster = SharedServers.cluster();
        RedisLink link = links.open(cluster.url());
        String key = Links.key("disputed");
        RedisServer source = cluster.primaryOf(key);
        RedisServer target = anotherThan(source, cluster);
        String slot = source.command("CLUSTER", "KEYSLOT", key);
        String id = target.command("CLUSTER", "MYID");
        source.command("CLUSTER", "SETSLOT", slot, "NODE", id);

        Future<Response> write = write(link, "disputed");
        Links.await(
                "it was sent to and fro", () -> await(link.status()).counts().moved() > 20);
        assertThat(write.isComplete()).isFalse();
        for (RedisServer node : cluster.nodes()) {
            node.command("CLUSTER", "SETSLOT", slot, "NODE", id);
        }

        assertThat(await(write).toInteger()).isEqualTo(1);
    }

    @Test
    void slotsMoving_underLoad_noCallFails() {
        RedisCluster cluster = SharedServers.cluster();
        RedisLink link = links.open(cluster.url());
        Load load = new Load(links.vertx, link, 64, "load-a", "load-b", "load-c");
        load.awaitSucceeded(200);
        for (int round = 0; round < 6; round++) {
            for (String namespace : List.of("load-a", "load-b", "load-c")) {
                String key = Links.key(namespace);
                cluster.moveSlot(key, anotherThan(cluster.primaryOf(key), cluster));
            }
            load.awaitSucceeded(load.succeeded() + 200);
        }
        load.stop();
        System.out.println("slots moving: " + load);
        long stored = 0;
        for (String namespace : List.of("load-a", "load-b", "load-c")) {
            stored += await(read(link, namespace)).toInteger();
        }
        assertThat(stored).isEqualTo(load.succeeded());
        assertThat(load.refused()).isZero();
        assertThat(load.doubtful()).isZero();
        assertThat(load.other()).isZero();
    }

    @Test
    void primary_killed_underLoad_isReplacedByItsReplica() {
        // Two replicas, so that one is there to acknowledge when the other has become the primary.
        try (RedisCluster cluster = RedisCluster.start(3, 2)) {
            RedisLink link = links.open(options(cluster.url())
                    .require(RedisRequirement.parse("wait=1"))
                    .build());
            Load load = new Load(links.vertx, link, 64, "n");
            load.awaitSucceeded(500);
            RedisServer first = cluster.primaryOf(Links.key("n"));
            first.kill();
            load.awaitSucceeded(load.succeeded() + 500);
            load.stop();
            System.out.println("node killed: " + load);
            RedisServer now = cluster.primaryOf(Links.key("n"));
            assertThat(now).isNotSameAs(first);
            assertThat(Long.parseLong(now.command("GET", Links.key("n"))))
                    .isBetween(load.succeeded(), load.succeeded() + load.doubtful());
            assertThat(load.other()).isZero();
        }
    }
}
