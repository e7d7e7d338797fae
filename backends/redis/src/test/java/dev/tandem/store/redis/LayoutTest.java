package dev.tandem.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.OutboxPage;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.task.Gate;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Progress;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import dev.tandem.testkit.TestClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntry;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.Tuple;

/**
 * What a namespace looks like in Redis, byte for byte: {@code golden/layout-1.txt} has one with every kind of record.
 *
 * <p>{@code -Dtandem.golden=write} writes the file if it is missing. One that was released is never changed: a new layout
 * gets a new file, and the old one is still read.
 */
class LayoutTest extends StoreTest {
    private static final Path GOLDEN = Path.of("src", "test", "resources", "golden", "layout-1.txt");
    private static final String WRITER = "sidecar-one!";
    private static final byte[] RECORDS = key("records");
    private static final byte[] INDEX = key("index");
    private static final byte[] CHANGES = key("changes");
    private static final byte[] OUTBOX = key("outbox");
    /** That of the last commands. */
    private static final Gate GATE = new Gate(3, Gate.Role.AUTHORITY, true, Tasks.bytes("a policy"));

    private static final HexFormat HEX = HexFormat.of();

    private final RedisServer server = SharedServers.standalone();

    private static byte[] key(String name) {
        return ("tandem:{" + NS + "}:" + name).getBytes(StandardCharsets.UTF_8);
    }

    @BeforeEach
    void empty() {
        server.command("FLUSHALL");
    }

    @Test
    void commands_ofEveryKind_writeWhatTheyAlwaysWrote() throws IOException {
        StoreCalls calls = new Sidecar(server.url(), WRITER).calls;
        live(calls);

        List<String> written = dump();

        if ("write".equals(System.getProperty("tandem.golden")) && Files.notExists(GOLDEN)) {
            Files.createDirectories(GOLDEN.getParent());
            Files.write(GOLDEN, written);
        }
        assertThat(GOLDEN).as("write it with -Dtandem.golden=write").exists();
        assertThat(written).isEqualTo(Files.readAllLines(GOLDEN));
    }

    @Test
    void layout1_isReadAndGoneOnWith() throws IOException {
        restore(Files.readAllLines(GOLDEN));
        StoreCalls stored = new Sidecar(server.url()).calls;
        List<Task> listed = stored.list(TaskFilter.ALL, 100);
        LeaderLease leader = stored.query(new TaskQuery.GetLease(NS, "leader")).orElseThrow();
        clock.advanceMillis(1_000);
        OutboxPage outbox = outbox(stored);
        assertThat(last(
                        stored,
                        "create-plain",
                        Tasks.create("plain", Tasks.spec().withQueue(""))))
                .isInstanceOf(Outcome.Unchanged.class);
        Outcome next = last(stored, "next", Tasks.create("next"));

        server.command("FLUSHALL");
        clock.set(TestClock.START_MILLIS);
        StoreCalls made = new Sidecar(server.url()).calls;
        live(made);

        assertThat(listed).isEqualTo(made.list(TaskFilter.ALL, 100)).hasSize(6);
        assertThat(leader)
                .isEqualTo(made.query(new TaskQuery.GetLease(NS, "leader")).orElseThrow());
        assertThat(stored.query(new TaskQuery.GetGate(NS))).isEqualTo(GATE);
        assertThat(outbox).isEqualTo(outbox(made));
        clock.advanceMillis(1_000);
        assertThat(last(made, "next", Tasks.create("next"))).isEqualTo(next);
    }

    private static OutboxPage outbox(StoreCalls calls) {
        return calls.query(new TaskQuery.Outbox(NS, 0, 100));
    }

    private Outcome last(StoreCalls calls, String requestId, Verb verb) {
        return calls.execute(Tasks.request(NS, clock.millis(), requestId, verb).withEpoch(GATE.epoch()));
    }

    /** A task in every state, with everything that a task can have; a tombstone; leases; requests; a gate with an outbox. */
    private void live(StoreCalls calls) {
        calls.request("create-plain", Tasks.create("plain", Tasks.spec().withQueue("")));
        calls.apply(new Verb.Create(
                "full",
                Tasks.spec()
                        .withKind("letter")
                        .withPriority(-7)
                        .withLabels(Map.of("to", "Zo\u00eb", "from", ""))
                        .withRetry(Tasks.retries(3, 100, 1_000))
                        .withRetentionMillis(5_000),
                clock.millis() + 60_000,
                30,
                Map.of("n1", "on-n1", "n2", "")));
        calls.apply(Tasks.report("full", "n2", TaskState.FAILED));
        calls.apply(Tasks.retry("full"));
        calls.apply(Tasks.create("held", Tasks.spec().withPriority(9)));
        Outcome.Claimed claimed = (Outcome.Claimed) calls.request("claim", Tasks.claim("worker", 1));
        Task held = claimed.tasks().get(0);
        calls.apply(new Verb.Renew("held", StoreCalls.token(held), 20_000, new Progress(40, "halfway, nearly")));
        calls.apply(Tasks.create("failed", Tasks.spec().withQueue("q").withRetry(Tasks.retries(1, 0, 0))));
        Task failing = calls.claim(Tasks.claim("worker", 1, "q")).tasks().get(0);
        calls.apply(Tasks.fail("failed", StoreCalls.token(failing)));
        calls.apply(Tasks.create("done", Tasks.spec().withQueue("q")));
        Task finishing = calls.claim(Tasks.claim("worker", 1, "q")).tasks().get(0);
        calls.apply(Tasks.complete("done", StoreCalls.token(finishing)));
        calls.apply(Tasks.create("canceled"));
        calls.apply(new Verb.Cancel("canceled", 0, "no more"));
        calls.apply(Tasks.create("deleted"));
        calls.delete("deleted");
        LeaderLease released = calls.grant(Tasks.acquire("released", "me"));
        calls.grant(new Verb.ReleaseLease("released", released.token()));
        calls.grant(Tasks.acquire("leader", "me"));
        calls.request("sweep", new Verb.Sweep(10));
        calls.execute(new Verb.MoveGate(0, GATE));
        last(calls, "kept", Tasks.update("plain").priority(1).verb());
        last(calls, "renewed", Tasks.acquire("leader", "me"));
    }

    private List<String> dump() {
        List<String> lines = new ArrayList<>();
        try (Jedis jedis = server.jedis()) {
            jedis.hgetAll(RECORDS).entrySet().stream()
                    .map(entry -> "record " + text(entry.getKey()) + " " + HEX.formatHex(entry.getValue()))
                    .sorted()
                    .forEach(lines::add);
            jedis.zrange(INDEX, 0, -1).forEach(entry -> lines.add("index " + HEX.formatHex(entry)));
            for (Tuple entry : jedis.zrangeWithScores(OUTBOX, 0, -1)) {
                lines.add("outbox " + (long) entry.getScore() + " " + HEX.formatHex(entry.getBinaryElement()));
            }
            for (StreamEntry entry : jedis.xrange(text(CHANGES), (StreamEntryID) null, null)) {
                lines.add("change " + entry.getID() + " " + entry.getFields());
            }
        }
        return lines;
    }

    private void restore(List<String> lines) {
        try (Jedis jedis = server.jedis()) {
            for (String line : lines) {
                String[] words = line.split(" ", -1);
                switch (words[0]) {
                    case "record" ->
                        jedis.hset(RECORDS, words[1].getBytes(StandardCharsets.UTF_8), HEX.parseHex(words[2]));
                    case "outbox" -> jedis.zadd(OUTBOX, Double.parseDouble(words[1]), HEX.parseHex(words[2]));
                    case "index" -> jedis.zadd(INDEX, 0, HEX.parseHex(words[1]));
                    default ->
                        jedis.xadd(
                                text(CHANGES),
                                new StreamEntryID(words[1]),
                                Map.of(WRITER, words[2].substring(WRITER.length() + 2, words[2].length() - 1)));
                }
            }
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
