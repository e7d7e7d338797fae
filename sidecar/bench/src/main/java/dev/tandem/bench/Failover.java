package dev.tandem.bench;

import dev.tandem.task.Bytes;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.IntStream;

/** Does bad things to the store node that leads, while calls go on through a sidecar, and measures what these feel of it. */
final class Failover {
    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final int WARM_UP_IN_FLIGHT = 16;
    private static final Duration BEFORE = Duration.ofSeconds(1);
    private static final Duration AFTER = Duration.ofSeconds(4);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration LEADERS_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration LEADERS_POLL = Duration.ofMillis(50);
    private static final Bytes PAYLOAD = Bytes.of(new byte[100]);

    private final Stage stage;
    private final StoreNodes nodes;
    private final TaskCalls api;
    private final double rate;
    private final SplittableRandom random = new SplittableRandom(1);
    private final List<String> created = new ArrayList<>();

    private Failover(Stage stage, StoreNodes nodes, TaskCalls api, double rate) {
        this.stage = stage;
        this.nodes = nodes;
        this.api = api;
        this.rate = rate;
    }

    /** Starts three nodes and a sidecar, which are closed with the stage. */
    static Failover start(Stage stage, Program program, double rate) {
        stage.progress().step("starting three nodes and a sidecar");
        StoreNodes nodes = StoreNodes.launch(stage, program, "failover", RaftPlace.Durability.FSYNC);
        stage.closings().add(nodes::close);
        nodes.nodes().forEach(StoreNodes.Node::awaitReady);
        SidecarProcess sidecar = SidecarProcess.start(stage, program, "sidecar", List.of("--store", nodes.store()));
        stage.closings().add(sidecar::close);
        return new Failover(stage, nodes, new ApiCalls(stage.wire(sidecar.address(), 1), () -> "bench"), rate);
    }

    /** Runs on the calling thread, which must not be an event loop. */
    Recovery run(Collection<Fault> faults, int rounds, List<String> commandLine) {
        stage.progress().step("warming up");
        LoadGenerator.await(stage.load().closed(this::create, WARM_UP_IN_FLIGHT, WARM_UP), WARM_UP);
        LoadGenerator.await(stage.load().closed(this::get, WARM_UP_IN_FLIGHT, WARM_UP), WARM_UP);
        List<Recovery.Round> found = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            for (Fault fault : faults) {
                stage.progress().step("round " + round + " of " + rounds + ": " + fault.label());
                found.add(round(fault));
            }
        }
        return new Recovery(stage.circumstances(commandLine), rate, found);
    }

    private Recovery.Round round(Fault fault) {
        StoreNodes.Node leader = leader();
        Duration time = BEFORE.plus(AFTER);
        Future<Sample> writes = stage.load().open(this::create, rate, time);
        Future<Sample> reads = stage.load().open(this::get, rate, time);
        Waiting.pause(BEFORE);
        switch (fault) {
            case KILL -> leader.process().kill();
            case STOP -> leader.process().pause();
            case RESTART -> {
                leader.process().close();
                leader.process().startAgain();
            }
        }
        Sample written = LoadGenerator.await(writes, time);
        Sample read = LoadGenerator.await(reads, time);
        return new Recovery.Round(fault, written, read, back(fault, leader.process(), leader));
    }

    private static long back(Fault fault, ChildProcess process, StoreNodes.Node node) {
        if (fault == Fault.STOP) {
            long resumedNanos = System.nanoTime();
            process.resume();
            node.awaitReady();
            return System.nanoTime() - resumedNanos;
        } else if (fault == Fault.KILL) {
            process.startAgain();
        }
        return node.awaitReady();
    }

    /** The node that leads most groups, once all groups have a leader. */
    private StoreNodes.Node leader() {
        long deadline = System.nanoTime() + LEADERS_TIMEOUT.toNanos();
        while (true) {
            List<JsonArray> groups =
                    nodes.nodes().stream().map(node -> groups(node)).toList();
            int[] led = groups.stream().mapToInt(Failover::led).toArray();
            // Group 0 is the members' own.
            int all = groups.stream().mapToInt(JsonArray::size).max().orElse(0) - 1;
            if (all > 0 && IntStream.of(led).sum() == all) {
                int most = IntStream.range(0, led.length)
                        .reduce((one, other) -> led[other] > led[one] ? other : one)
                        .orElse(0);
                return nodes.nodes().get(most);
            }
            if (System.nanoTime() - deadline > 0) {
                throw new BenchException("not every group has a leader " + LEADERS_TIMEOUT.toSeconds()
                        + " s after all nodes were ready");
            }
            Waiting.pause(LEADERS_POLL);
        }
    }

    private static JsonArray groups(StoreNodes.Node node) {
        return Waiting.on(node.raft(), ANSWER_TIMEOUT, "the state of " + node.name())
                .getJsonArray("groups");
    }

    private static int led(JsonArray groups) {
        return (int) groups.stream()
                .map(JsonObject.class::cast)
                .filter(group -> group.getInteger("group") > 0 && group.getBoolean("leading"))
                .count();
    }

    private Future<?> create() {
        String id = UUID.randomUUID().toString();
        return api.create(id, "failover", PAYLOAD).onSuccess(done -> {
            if (created.size() < Workload.TASKS_MAX) {
                created.add(id);
            }
        });
    }

    private Future<?> get() {
        if (created.isEmpty()) {
            return api.get("nothing");
        }
        return api.get(created.get(random.nextInt(created.size()))).map(found -> {
            if (!found) {
                throw new BenchException("a task that was created is not found");
            }
            return true;
        });
    }
}
