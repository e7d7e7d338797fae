package dev.tandem.robustness;

import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.testkit.FreePorts;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A namespace that moves between real stores under load, while sidecars, nodes and the Redis are killed in each phase. */
class MoveFaultsTest {
    private static final Duration CALL_MAX = Duration.ofSeconds(3);
    private static final Duration PROGRESS_MAX = Duration.ofSeconds(60);
    private static final int CLIENTS = 12;
    private static final int CALLS = 60;
    private static final String NAMESPACE = Workload.STEADY.namespace();

    @RegisterExtension
    final Lab lab = new Lab();

    /** Who is killed. */
    private enum Fault {
        SIDECAR,
        NODE,
        STORE,
        /** The sidecar that is asked for the step, while it takes it. */
        COORDINATOR
    }

    /** From Redis to the nodes and back, with each fault somewhere on the way. */
    @Test
    void move_redisToNodesAndBack_whateverIsKilled_losesNothing() {
        Random random = new Random(lab.seed());
        overRedis(random, () -> List.of(Fault.values()[random.nextInt(Fault.values().length)]));
    }

    /** With every fault in every phase. */
    @Test
    @Tag("long")
    void move_redisToNodesAndBack_everythingIsKilledInEachPhase_losesNothing() {
        overRedis(new Random(lab.seed()), () -> List.of(Fault.values()));
    }

    @Test
    @Tag("long")
    void move_sqliteToNodesAndBack_killedInEachPhase_losesNothing() {
        Random random = new Random(lab.seed());
        StoreNodes nodes = new StoreNodes(lab);
        nodes.start();
        Fleet fleet = new Fleet("sqlite:" + lab.folder().resolve("tandem.db"), nodes.store(), 1);
        run(fleet, nodes, null, random, () -> List.of(Fault.COORDINATOR, Fault.NODE, Fault.SIDECAR));
    }

    private interface Choice {
        List<Fault> inOnePhase();
    }

    private void overRedis(Random random, Choice choice) {
        RedisServer redis = lab.closing(RedisServer.start("appendonly yes", "appendfsync always"));
        StoreNodes nodes = new StoreNodes(lab);
        nodes.start();
        Fleet fleet =
                new Fleet(redis.url(), nodes.store(), 2, "--redis-require", "fsync", "--redis-call-timeout", "500ms");
        run(fleet, nodes, redis, random, choice);
    }

    /** Sidecars over the same two stores, and what an operator says to them. */
    private final class Fleet {
        final List<SidecarProcess> sidecars = new ArrayList<>();
        final MoveAdmin admin;

        Fleet(String store, String other, int count, String... flags) {
            List<String> admins = FreePorts.list(count).stream()
                    .map(port -> "127.0.0.1:" + port)
                    .toList();
            for (String at : admins) {
                List<String> own = List.of(
                        "--stores",
                        other,
                        "--admin",
                        at,
                        "--admin-token-file",
                        tokenFile().toString());
                sidecars.add(lab.sidecarOver(
                        store, Stream.concat(own.stream(), Stream.of(flags)).toArray(String[]::new)));
            }
            admin = new MoveAdmin(admins, NAMESPACE);
            sidecars.forEach(SidecarProcess::start);
        }

        List<String> addresses() {
            return sidecars.stream().map(SidecarProcess::address).toList();
        }
    }

    private Path tokenFile() {
        try {
            return Files.writeString(lab.folder().resolve("token"), MoveAdmin.TOKEN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run(Fleet fleet, StoreNodes nodes, RedisServer redis, Random random, Choice choice) {
        Workload work =
                lab.closing(new Workload(lab.vertx(), fleet.addresses(), lab.seed(), CLIENTS, CALL_MAX, Defect.NONE));
        Harm harm = new Harm(fleet, nodes, redis, random, work.progress());
        work.start();
        work.progress().awaitMore(Progress.ACKNOWLEDGED, CALLS, PROGRESS_MAX);
        for (String target : List.of("nodes", redis == null ? "sqlite" : "redis")) {
            Journey journey = new Journey(fleet.admin, work.progress());
            journey.start(target);
            for (String phase : List.of("DUAL_WRITE", "READ_NEWEST", "READ_SWITCHED", "WRITE_SWITCHED")) {
                for (Fault fault : choice.inOnePhase()) {
                    System.out.println("to " + target + ", in " + phase + ": " + fault);
                    harm.inPhase(fault);
                }
                journey.leave(phase);
            }
        }
        work.progress().awaitMore(Progress.ACKNOWLEDGED, CALLS, PROGRESS_MAX);
        work.finish();
        System.out.println("a move there and back under faults: " + work.progress());
        work.check();
    }

    private record Harm(Fleet fleet, StoreNodes nodes, RedisServer redis, Random random, Progress progress) {
        void inPhase(Fault fault) {
            switch (fault) {
                case SIDECAR -> {
                    SidecarProcess victim = sidecar();
                    victim.kill();
                    victim.start();
                }
                case COORDINATOR -> {
                    SidecarProcess victim = sidecar();
                    CompletableFuture<?> asked = fleet.admin.begin(fleet.sidecars.indexOf(victim), "advance");
                    progress.awaitMore(Progress.ACKNOWLEDGED, 1 + random.nextInt(10), PROGRESS_MAX);
                    victim.kill();
                    // Whatever it said, if it came to that.
                    asked.handle((answer, failure) -> answer).join();
                    victim.start();
                }
                case NODE -> {
                    List<TandemProcess> victims = nodes.leaderAndOthers(1 + random.nextInt(StoreNodes.NODES), random);
                    StoreNodes.signal("KILL", victims);
                    victims.forEach(TandemProcess::awaitExit);
                    nodes.start();
                }
                case STORE -> {
                    redis.kill();
                    progress.awaitMore("NOT_APPLIED", CLIENTS, PROGRESS_MAX);
                    redis.restart();
                }
            }
            progress.awaitMore(Progress.ACKNOWLEDGED, CALLS, PROGRESS_MAX);
        }

        private SidecarProcess sidecar() {
            return fleet.sidecars.get(random.nextInt(fleet.sidecars.size()));
        }
    }

    /** One move, as an operator makes it who tries again what did not work. Each look waits for a few calls first. */
    private record Journey(MoveAdmin admin, Progress progress) {
        void start(String target) {
            JsonObject how =
                    new JsonObject().put("target", target).put("may_lag", true).put("into_existing", true);
            until("the move to begin", status -> !status.phase().equals("SINGLE"), status -> admin.step("start", how));
        }

        /** Takes the step out of a phase, unless somebody has done so already. */
        void leave(String phase) {
            if (phase.equals("WRITE_SWITCHED")) {
                until(
                        "the move to be complete",
                        status -> status.phase().equals("SINGLE"),
                        status -> admin.step("complete"));
                return;
            }
            until("the copy", MoveAdmin.Answer::isCopied, status -> status);
            until(
                    "a clean comparison",
                    MoveAdmin.Answer::isVerified,
                    status -> status != null && status.isComparing() ? status : admin.step("verify"));
            until(phase + " to be left", status -> isBehind(status.phase(), phase), status -> admin.step("advance"));
        }

        private static boolean isBehind(String now, String phase) {
            List<String> order = List.of("SINGLE", "DUAL_WRITE", "READ_NEWEST", "READ_SWITCHED", "WRITE_SWITCHED");
            return order.indexOf(now) > order.indexOf(phase);
        }

        private interface Step {
            /** Does something, or nothing; gives what is worth to be told if it goes on like this. */
            MoveAdmin.@Nullable Answer take(MoveAdmin.@Nullable Answer status);
        }

        private void until(String what, Predicate<MoveAdmin.Answer> holds, Step step) {
            long end = System.nanoTime() + PROGRESS_MAX.toNanos();
            MoveAdmin.Answer last = null;
            while (System.nanoTime() - end < 0) {
                MoveAdmin.Answer status = admin.status();
                if (status != null && holds.test(status)) {
                    return;
                }
                last = step.take(status);
                progress.awaitMore(Progress.ACKNOWLEDGED, CALLS / 10, PROGRESS_MAX);
            }
            throw new AssertionError("waited in vain for " + what + ": " + last + "; " + admin.status());
        }
    }
}
