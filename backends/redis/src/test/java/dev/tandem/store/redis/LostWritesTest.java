package dev.tandem.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.Cursor;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.redis.link.LinkStatus;
import dev.tandem.store.redis.link.RedisLink;
import dev.tandem.store.redis.link.RedisOptions;
import dev.tandem.store.redis.servers.RedisReplication;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server that has forgotten what it had acknowledged is noticed, and nobody writes to it until it is accepted. */
class LostWritesTest extends StoreTest {
    private static RedisServer server;

    @BeforeAll
    static void startServer() {
        server = RedisServer.start();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void empty() {
        server.command("FLUSHALL");
    }

    private void create(Sidecar sidecar, int from, int to) {
        IntStream.range(from, to).forEach(i -> sidecar.calls.apply(Tasks.create("t" + i)));
    }

    /** The server dies, and comes back with what it had at its last SAVE. */
    private void crash(Sidecar... sidecars) {
        server.kill();
        server.restart();
        for (Sidecar sidecar : sidecars) {
            sidecar.awaitServer();
        }
    }

    @Test
    void write_afterTheServerForgotTheLastOnes_isRefusedUntilAccepted() {
        Sidecar one = new Sidecar(server.url());
        Sidecar other = new Sidecar(server.url());
        create(one, 0, 3);
        server.command("SAVE");
        create(one, 3, 6);
        Cursor seen = one.calls.query(new TaskQuery.Changes(NS, null, 1)).next();
        crash(one, other);

        one.assertRefusesWrites(Tasks.create("new"));

        assertThat(one.told).containsExactly(NS + " 6 3");
        other.assertRefusesWrites(Tasks.create("new"));
        one.assertRefusesWrites(Tasks.claim("w", 1));
        one.assertRefusesWrites(Tasks.acquire("leader", "me"));
        new Sidecar(server.url()).assertRefusesWrites(Tasks.delete("t0"));
        assertThat(one.calls.list(TaskFilter.ALL, 10)).hasSize(3);
        assertThat(one.calls.find("new")).isEmpty();

        assertThat(one.accept()).isTrue();

        Task written = other.calls.apply(Tasks.create("new"));
        assertThat(written.version()).isGreaterThan(RedisTaskStore.ACCEPTED_RAISE);
        assertThat(one.calls.apply(Tasks.create("newer")).version()).isEqualTo(written.version() + 1);
        assertThat(one.calls.query(new TaskQuery.Changes(NS, seen, 10)).isExpired())
                .as("a watcher has seen what was lost, and has to list anew")
                .isTrue();
        assertThat(one.accept()).as("there is nothing more to accept").isFalse();
    }

    @Test
    void write_afterOthersWroteOverTheLostVersions_isRefused() {
        Sidecar one = new Sidecar(server.url());
        create(one, 0, 3);
        server.command("SAVE");
        create(one, 3, 6);
        crash(one);
        Sidecar newcomer = new Sidecar(server.url());
        IntStream.range(0, 20).forEach(i -> newcomer.calls.apply(Tasks.create("n" + i)));

        one.assertRefusesWrites(Tasks.create("new"));

        assertThat(one.told).containsExactly(NS + " 6 23");
        newcomer.assertRefusesWrites(Tasks.create("new"));
    }

    /** A link whose requests wait until they are let go. */
    private static final class DelayedLink implements RedisLink {
        private final RedisLink link;
        private volatile Future<?> letGo = Future.succeededFuture();

        DelayedLink(RedisLink link) {
            this.link = link;
        }

        @Override
        public Future<Response> send(
                String namespace, Request request, CallOptions options, boolean isWrite, long lastGeneration) {
            return letGo.compose(go -> link.send(namespace, request, options, isWrite, lastGeneration));
        }

        @Override
        public Future<Response> sendBlocking(String namespace, Request request) {
            return link.sendBlocking(namespace, request);
        }

        @Override
        public boolean sharesServer(String namespace, String other) {
            return link.sharesServer(namespace, other);
        }

        @Override
        public long generation(String namespace) {
            return link.generation(namespace);
        }

        @Override
        public Future<LinkStatus> status() {
            return link.status();
        }

        @Override
        public Durability durability() {
            return link.durability();
        }

        @Override
        public Future<Void> close() {
            return link.close();
        }
    }

    @Test
    void write_madeBeforeTheServerForgotAndSentAfter_isRefused() {
        RedisOptions options = Stores.options(server.url()).build();
        DelayedLink link = new DelayedLink(Stores.link(vertx, options));
        Sidecar one = new Sidecar(options, link, "sidecar-one!", RedisTaskStore.Settings.DEFAULT);
        create(one, 0, 3);
        server.command("SAVE");
        create(one, 3, 6);
        long before = link.generation(NS);
        Promise<Void> letGo = Promise.promise();
        link.letGo = letGo.future();
        Future<Outcome> write = one.calls.start(one.calls.command(Tasks.cancel("t0")));
        server.kill();
        server.restart();
        create(new Sidecar(server.url()), 10, 30);
        waitUntil("the link is connected again", () -> link.generation(NS) > before);
        letGo.complete();

        StoreException refused = StoreCalls.failureOf(write);
        assertThat(refused.kind()).isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(refused).hasMessageContaining("lost writes");
        assertThat(one.told).containsExactly(NS + " 6 23");
    }

    @Test
    void write_afterEverythingWasFlushed_isRefused() {
        Sidecar one = new Sidecar(server.url());
        create(one, 0, 3);
        server.command("FLUSHALL");

        one.assertRefusesWrites(Tasks.create("new"));

        assertThat(one.told).containsExactly(NS + " 3 0");
        assertThat(one.accept()).isTrue();
        create(one, 0, 3);
        assertThat(one.calls.list(TaskFilter.ALL, 10)).hasSize(3);
    }

    @Test
    void write_afterEverythingWasFlushedAndOthersBeganAnew_isRefused() {
        Sidecar one = new Sidecar(server.url());
        create(one, 0, 3);
        server.command("FLUSHALL");
        Sidecar newcomer = new Sidecar(server.url());
        create(newcomer, 0, 5);

        one.assertRefusesWrites(Tasks.create("new"));

        newcomer.assertRefusesWrites(Tasks.create("new"));
        assertThat(newcomer.accept()).isTrue();
        one.calls.apply(Tasks.create("new"));
        newcomer.calls.apply(Tasks.create("newer"));
    }

    @Test
    void write_afterTheRecordsAloneAreGone_isRefusedToANewcomerToo() {
        create(new Sidecar(server.url()), 0, 3);
        server.command("DEL", "tandem:{" + NS + "}:records");

        new Sidecar(server.url()).assertRefusesWrites(Tasks.create("new"));
    }

    @Test
    void write_afterAReplicaWasPromotedThatLackedTheLastOnes_isRefused() {
        try (RedisReplication replication = RedisReplication.start(1)) {
            Sidecar one = new Sidecar(replication.url());
            create(one, 0, 3);
            RedisServer primary = replication.primary();
            RedisServer replica = replication.servers().stream()
                    .filter(each -> each != primary)
                    .findFirst()
                    .orElseThrow();
            assertThat(primary.command("WAIT", "1", "5000")).isEqualTo("1");
            replica.command("REPLICAOF", "127.0.0.1", "1");
            create(one, 3, 6);
            primary.kill();
            replication.awaitOtherPrimary(primary);
            one.awaitServer();

            one.assertRefusesWrites(Tasks.create("new"));

            assertThat(one.told).containsExactly(NS + " 6 3");
            assertThat(one.accept()).isTrue();
            one.calls.apply(Tasks.create("new"));
        }
    }

    @Test
    void write_afterARestartThatLostNothing_goesOn() {
        Sidecar one = new Sidecar(server.url());
        Sidecar other = new Sidecar(server.url());
        create(one, 0, 3);
        create(other, 3, 6);
        server.command("SAVE");
        crash(one, other);

        create(one, 6, 8);
        create(other, 8, 10);

        assertThat(one.told).isEmpty();
        assertThat(one.calls.list(TaskFilter.ALL, 100)).hasSize(10);
    }

    @Test
    void write_overManyNewConnections_goesOn() {
        Sidecar one = new Sidecar(server.url());
        Sidecar other = new Sidecar(server.url());
        for (int round = 0; round < 20; round++) {
            create(one, 10 * round, 10 * round + 2);
            create(other, 10 * round + 2, 10 * round + 4);
            one.calls.grant(Tasks.acquire("leader", "one"));
            server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            one.awaitServer();
            other.awaitServer();
        }

        assertThat(one.told).isEmpty();
        assertThat(other.told).isEmpty();
    }

    @Test
    void write_whoseEntryWasTrimmedSince_goesOn() {
        Sidecar one = new Sidecar(server.url());
        create(one, 0, 1);
        Sidecar other = new Sidecar(server.url());
        create(other, 1, 5);
        server.command("XTRIM", "tandem:{" + NS + "}:changes", "MAXLEN", "1");
        server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        one.awaitServer();

        create(one, 5, 6);

        assertThat(one.told).isEmpty();
    }

    @Test
    void accept_ofWhatWasNotLost_changesNothing() {
        Sidecar one = new Sidecar(server.url());
        assertThat(one.accept()).isFalse();
        Task task = one.calls.apply(Tasks.create("a"));

        assertThat(one.accept()).isFalse();
        assertThat(one.calls.apply(Tasks.create("b")).version()).isEqualTo(task.version() + 1);
        assertThat(StoreCalls.await(one.store.accept("none", CallOptions.DEFAULT)))
                .isFalse();
    }
}
