package dev.tandem.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.TaskFilter;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.task.Bytes;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The scripts as texts on the server: loaded when it forgot them, one round trip a command, and in the rules' words. */
class ScriptsTest extends StoreTest {
    private final RedisServer server = SharedServers.standalone();
    private Sidecar sidecar;

    @BeforeEach
    void open() {
        server.command("FLUSHALL");
        sidecar = new Sidecar(server.url());
    }

    @Test
    void commands_whileTheServerForgetsTheScripts_areAppliedOnceEach() {
        List<Future<Outcome>> started = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            started.add(sidecar.calls.start(sidecar.calls.command(Tasks.create("t" + i))));
            if (i % 100 == 0) {
                server.command("SCRIPT", "FLUSH");
            }
        }

        long last = 0;
        for (Future<Outcome> outcome : started) {
            last = Math.max(
                    last, ((Outcome.Applied) StoreCalls.await(outcome)).task().version());
        }

        assertThat(last).isEqualTo(2_000);
    }

    @Test
    void command_onceItsScriptIsKnown_isOneRoundTrip() {
        sidecar.calls.apply(Tasks.create("a"));
        server.command("CONFIG", "RESETSTAT");

        sidecar.calls.apply(Tasks.create("b"));
        sidecar.calls.get("b");

        assertThat(server.command("INFO", "commandstats").lines().filter(line -> line.startsWith("cmdstat_eval")))
                .singleElement()
                .asString()
                .startsWith("cmdstat_evalsha:calls=1,");
        assertThat(server.command("INFO", "commandstats")).contains("cmdstat_hget:calls=1,");
    }

    /** The random tests do not compare sentences. */
    @Test
    void rejections_sayWhatTheRulesSay() {
        StoreCalls reference = new StoreCalls(vertx, new ReferenceTaskStore(vertx), clock, NS);
        List<String> here = rejections(sidecar.calls);

        assertThat(here).isEqualTo(rejections(reference)).hasSize(24);
    }

    private List<String> rejections(StoreCalls calls) {
        long start = clock.millis();
        List<String> said = new ArrayList<>();
        calls.apply(Tasks.create("a"));
        calls.apply(Tasks.fanOut("parts", "n1", "n2"));
        calls.apply(Tasks.report("parts", "n1", TaskState.SUCCEEDED));
        calls.apply(Tasks.create("done"));
        calls.apply(Tasks.cancel("done"));
        calls.grant(Tasks.acquire("leader", "me"));
        calls.request("r", Tasks.create("b"));
        List<Verb> verbs = new ArrayList<>(List.of(
                Tasks.create("a"),
                Tasks.cancel("none"),
                new Verb.Cancel("a", 99, ""),
                Tasks.complete("a", 0),
                Tasks.complete("a", 7),
                Tasks.move("parts", TaskState.SUCCEEDED),
                Tasks.report("parts", "n1", TaskState.FAILED),
                Tasks.report("done", "n9", TaskState.FAILED),
                Tasks.update("done").priority(3).verb(),
                Tasks.update("done").dueAtMillis(3).verb(),
                Tasks.move("done", TaskState.SUCCEEDED),
                Tasks.retry("parts"),
                Tasks.acquire("leader", "you"),
                new Verb.RenewLease("leader", 3, 100),
                new Verb.ReleaseLease("none", 3)));
        verbs.forEach(verb -> said.add(sentence(calls.execute(verb))));
        said.add(sentence(calls.request("r", Tasks.create("c"))));
        calls.delete("b");
        said.add(sentence(calls.request("r", Tasks.create("b"))));
        Task claimed = calls.claimOne("w");
        long token = Objects.requireNonNull(claimed.lease()).token();
        said.add(sentence(calls.execute(Tasks.renew("a", token + 1))));
        said.add(sentence(calls.execute(Tasks.complete("a", 0))));
        said.add(sentence(calls.execute(new Verb.Retry("a", 0))));
        clock.advanceMillis(Tasks.LEASE_MILLIS);
        said.add(sentence(calls.execute(Tasks.renew("a", token))));
        calls.apply(new Verb.Create("many", Tasks.spec(), 0, 0, parts(256)));
        said.add(sentence(calls.execute(Tasks.report("many", "more", TaskState.PROCESSING))));
        said.add(sentence(calls.execute(Tasks.fail("a", 3))));
        said.add(sentence(calls.execute(Tasks.release("many", 3))));
        clock.set(start);
        return said;
    }

    private static Map<String, String> parts(int count) {
        Map<String, String> parts = new java.util.TreeMap<>();
        for (int i = 0; i < count; i++) {
            parts.put("n" + i, "");
        }
        return parts;
    }

    private static String sentence(Outcome outcome) {
        return outcome instanceof Outcome.Rejected rejected
                ? rejected.reason() + ": " + rejected.message()
                : outcome.toString();
    }

    /** Entries were compared by their places, which labels shift: those that had moved were lost. */
    @Test
    void labels_moreOrFewerThanBefore_leaveTheTasksOtherPlacesAlone() {
        sidecar.calls.apply(new Verb.Create(
                "a", Tasks.spec().withLabels(Map.of("l", "0")), 0, 0, Map.of("n0", "on-n0", "n2", "on-n2")));

        for (Map<String, String> labels :
                List.of(Map.of("l", "0", "m", "0"), Map.of("m", "0"), Map.<String, String>of())) {
            Task task = sidecar.calls.apply(Tasks.update("a").labels(labels).verb());

            assertThat(listed("n0", Map.of())).containsExactly(task);
            assertThat(listed("n2", Map.of())).containsExactly(task);
            for (String label : List.of("l", "m")) {
                assertThat(listed("", Map.of(label, "0"))).hasSize(labels.containsKey(label) ? 1 : 0);
            }
        }
    }

    private List<Task> listed(String node, Map<String, String> labels) {
        return sidecar.calls.list(new TaskFilter(Set.of(), Set.of(), Set.of(), node, labels, 0, Long.MAX_VALUE), 10);
    }

    @Test
    void sweep_ofManyLargeTasks_goesInPieces() {
        Bytes payload = Bytes.of(new byte[64 * 1024]);
        for (int i = 0; i < 100; i++) {
            sidecar.calls.apply(Tasks.create(
                    "t" + i,
                    TaskSpec.of("q", payload)
                            .withLabels(Map.of("a", "1", "b", "2"))
                            .withRetentionMillis(0)));
            sidecar.calls.apply(Tasks.cancel("t" + i));
        }

        assertThat(sidecar.calls.sweep(90)).isEqualTo(new Outcome.Swept(0, 90, true));
        assertThat(sidecar.calls.sweep(90)).isEqualTo(new Outcome.Swept(0, 10, false));
        clock.advanceMillis(RedisTaskStore.Settings.DEFAULT.tombstoneKeep().toMillis());
        assertThat(sidecar.calls.sweep(1_000).more()).isFalse();
        assertThat(server.command("ZCARD", "tandem:{" + NS + "}:index")).isEqualTo("0");
        assertThat(server.command("HKEYS", "tandem:{" + NS + "}:records")).isEqualTo("m");
    }
}
