package dev.tandem.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.task.TaskState;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a store says of its namespaces to operators. */
class NamespaceStatusTest extends StoreTest {
    private static RedisServer server;

    private Sidecar sidecar;

    @BeforeAll
    static void startServer() {
        server = RedisServer.start();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void open() {
        server.command("FLUSHALL");
        sidecar = new Sidecar(server.url());
    }

    private List<NamespaceStatus> all() {
        return StoreCalls.await(sidecar.store.status(CallOptions.DEFAULT));
    }

    private Optional<NamespaceStatus> of(String namespace) {
        return StoreCalls.await(sidecar.store.status(namespace, CallOptions.DEFAULT));
    }

    @Test
    void status_ofWrittenNamespaces_tellsThemInOrder() {
        sidecar.calls.apply(Tasks.create("a"));
        sidecar.calls.grant(Tasks.acquire("leader", "me"));
        sidecar.calls.in("another").apply(Tasks.create("b"));
        sidecar.calls.in("another").delete("b");

        assertThat(all())
                .containsExactly(
                        new NamespaceStatus("another", 2, Map.of(), 0, null, null),
                        new NamespaceStatus(NS, 2, Map.of(TaskState.ENQUEUED, 1L), 1, null, null));
        assertThat(of(NS)).contains(all().get(1));
        assertThat(of("none")).isEmpty();
        assertThat(all()).as("to ask does not make one").hasSize(2);
    }

    @Test
    void status_afterEverythingWasFlushed_tellsTheLossThoughTheListWasLostToo() {
        sidecar.calls.apply(Tasks.create("a"));
        sidecar.calls.apply(Tasks.create("b"));
        server.command("FLUSHALL");
        assertThat(sidecar.store.stoppedNamespaces()).isZero();

        sidecar.assertRefusesWrites(Tasks.create("c"));
        sidecar.assertRefusesWrites(Tasks.create("d"));

        assertThat(sidecar.store.stoppedNamespaces()).isEqualTo(1);
        waitUntil("it is on the list again", () -> all().size() == 1);
        NamespaceStatus.LostWrites lost = all().get(0).lost();
        assertThat(lost).isEqualTo(new NamespaceStatus.LostWrites(2, 0, clock.millis()));
        assertThat(sidecar.accept()).isTrue();
        assertThat(of(NS).orElseThrow().lost()).isNull();
        sidecar.calls.apply(Tasks.create("c"));
        assertThat(sidecar.store.stoppedNamespaces()).isZero();
    }

    @Test
    void status_ofKeysThatCantBeRead_isTheirProblemAlone() {
        for (String namespace : List.of("garbled", "good", "newer", "theirs")) {
            sidecar.calls.in(namespace).apply(Tasks.create("a"));
        }
        server.command("HSET", "tandem:{garbled}:records", "m", "garbage");
        server.command(
                "EVAL",
                "local m = redis.call('HGET', KEYS[1], 'm')"
                        + " return redis.call('HSET', KEYS[1], 'm', 'TM\\2' .. string.sub(m, 4))",
                "1",
                "tandem:{newer}:records");
        server.command("SET", "tandem:{theirs}:records", "x");

        assertThat(all()).extracting(NamespaceStatus::namespace).containsExactly("garbled", "good", "newer", "theirs");
        assertThat(all().get(0).problem()).contains("did not write");
        assertThat(all().get(1).problem()).isNull();
        assertThat(all().get(2).problem()).contains("layout 2");
        assertThat(all().get(3).problem()).contains("did not write");
    }

    @Test
    void write_afterTheServerForgotItsScripts_isToldToTheObserver() {
        sidecar.calls.apply(Tasks.create("a"));
        int loaded = sidecar.loaded();
        server.command("SCRIPT", "FLUSH");

        sidecar.calls.apply(Tasks.create("b"));
        sidecar.calls.apply(Tasks.create("c"));

        assertThat(sidecar.loaded()).isEqualTo(loaded + 1);
    }
}
