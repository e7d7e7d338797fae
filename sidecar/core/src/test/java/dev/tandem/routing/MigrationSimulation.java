package dev.tandem.routing;

import dev.tandem.migration.Backfill;
import dev.tandem.migration.Migrations;
import dev.tandem.migration.PolicySteps;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Bytes;
import dev.tandem.task.CommandCodec;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RequestKey;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskError;
import dev.tandem.task.Verb;
import dev.tandem.testkit.HistoryRecorder;
import dev.tandem.testkit.LinearizabilityChecker;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A namespace that goes to and fro between two stores while clients work on it and all that can go wrong does: the real router, dual writer,
 * steps and rules, on simulated time, network and stores. One seed, one history.
 */
final class MigrationSimulation {
    private static final String NAMESPACE = "default";
    private static final Migrations.Order ORDER = new Migrations.Order(NAMESPACE, "operator", null, false);
    private static final int SIDECARS = 3;
    private static final int CLIENTS = 2;
    private static final int COORDINATORS = 2;
    private static final int TASKS = 4;
    private static final long WORK_MILLIS = 2_500;
    private static final Duration STEP_MAX = Duration.ofMillis(150);

    private final long seed;
    private final boolean hasFaults;
    private final boolean writesBack;
    private final boolean isOperated;
    private final long workMillis;
    private final SimWorld world;
    private final HistoryRecorder recorder = new HistoryRecorder();
    private final Map<String, SimServer> servers = new TreeMap<>();
    private final InstantSource clock;
    private int coordinators;
    private int completed;
    private boolean isOver;
    private int clients;
    private int switches;
    private int failedCalls;
    private int calls;
    private int steps;

    /** @param without guards that are taken away */
    MigrationSimulation(long seed, boolean hasFaults, boolean writesBack, Set<SimServer.Guard> without) {
        this(seed, hasFaults, writesBack, without, false);
    }

    /** One whose moves operators drive, and the coordinators of sidecars do the work. */
    static MigrationSimulation operated(long seed, boolean hasFaults) {
        return new MigrationSimulation(seed, hasFaults, true, Set.of(), true);
    }

    private MigrationSimulation(
            long seed, boolean hasFaults, boolean writesBack, Set<SimServer.Guard> without, boolean isOperated) {
        this.isOperated = isOperated;
        this.workMillis = isOperated ? 15_000 : WORK_MILLIS;
        this.seed = seed;
        this.hasFaults = hasFaults;
        this.writesBack = writesBack;
        this.world = new SimWorld(seed);
        this.clock = () -> Instant.ofEpochMilli(world.millis());
        servers.put("a", new SimServer(world, "a", 1 + world.random.nextInt(2), without));
        servers.put("b", new SimServer(world, "b", 1 + world.random.nextInt(3), without));
    }

    /** What came of a run that broke nothing. */
    record Summary(int calls, int failedCalls, int steps, int switches, int completed) {}

    /** One sidecar process, with the stores as it sees them. */
    private final class Sidecar {
        final SimProcess process = new SimProcess(world);
        final Stores stores;
        final Policies policies;
        final Router router;

        Sidecar() {
            Map<String, TaskStore> seen = new HashMap<>();
            servers.forEach((name, server) -> seen.put(name, server.seenBy(process)));
            stores = new Stores(seen, "a");
            policies = new Policies(stores, process);
            router = Router.of(
                    stores, policies, writesBack ? new DualWriter(stores, policies, process) : new NoWriteBack(this));
        }
    }

    /** Shows what it has read whether the mirror has it or not. */
    private static final class NoWriteBack extends DualWriter {
        NoWriteBack(Sidecar sidecar) {
            super(sidecar.stores, sidecar.policies, sidecar.process);
        }

        @Override
        <R> Future<R> shown(Policy policy, TaskQuery<R> query, R answer, CallOptions options) {
            return Future.succeededFuture(answer);
        }
    }

    /** Runs it, and fails with the seed and what is wrong if anything is. */
    Summary run() {
        try {
            for (int i = 0; i < SIDECARS; i++) {
                startSidecar();
            }
            for (int i = 0; i < COORDINATORS; i++) {
                if (isOperated) {
                    startRealCoordinator();
                } else {
                    startCoordinator();
                }
            }
            if (isOperated) {
                new Operator().pause();
            }
            if (hasFaults) {
                servers.values().forEach(server -> server.faultPercent = world.random.nextInt(4));
                world.afterMillis(10, this::outage);
            }
            world.runUntil(SimWorld.START_MILLIS + workMillis);
            servers.values().forEach(server -> server.faultPercent = 0);
            isOver = true;
            world.runUntil(SimWorld.START_MILLIS + workMillis + 20_000);
            settle();
            LinearizabilityChecker.check(recorder.operations()).ifPresent(wrong -> {
                throw new AssertionError(wrong);
            });
            return new Summary(calls, failedCalls, steps, switches, completed);
        } catch (AssertionError | RuntimeException e) {
            if (SimWorld.IS_TRACED) {
                recorder.operations().forEach(System.out::println);
            }
            throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
        }
    }

    /** Whether it is what the protocol promises that is broken; not that it can't be brought to rest, say. */
    static boolean isLossOrDisorder(AssertionError wrong) {
        String what = String.valueOf(wrong.getMessage());
        return what.contains(": not linearizable: ") || what.contains(": the stores differ in the end");
    }

    private void startSidecar() {
        Sidecar sidecar = new Sidecar();
        for (int i = 0; i < CLIENTS; i++) {
            new Client(++clients, sidecar).go();
        }
        if (hasFaults) {
            sidecar.process.after(
                    200 + world.random.nextInt(2_000), () -> trouble(sidecar.process, this::startSidecar));
        }
    }

    private void trouble(SimProcess process, Runnable another) {
        if (isOver) {
            return;
        }
        if (world.chance(35)) {
            process.kill();
            world.afterMillis(world.random.nextInt(300), another);
        } else {
            if (world.chance(50)) {
                process.standStill(world.random.nextInt(800));
            } else {
                process.cutFrom(world.chance(50) ? "a" : "b", world.random.nextInt(600));
            }
            process.after(200L + world.random.nextInt(2_000), () -> trouble(process, another));
        }
    }

    private void outage() {
        if (!isOver) {
            world.afterMillis(300L + world.random.nextInt(1_500), () -> {
                List<SimServer> all = List.copyOf(servers.values());
                all.get(world.random.nextInt(all.size())).goDown(world.random.nextInt(300));
                outage();
            });
        }
    }

    private void startCoordinator() {
        Coordinator coordinator = new Coordinator();
        coordinator.pause();
        if (hasFaults) {
            coordinator.sidecar.process.after(
                    world.random.nextInt(1_500), () -> trouble(coordinator.sidecar.process, this::startCoordinator));
        }
    }

    private void startRealCoordinator() {
        Sidecar sidecar = new Sidecar();
        new dev.tandem.migration.Coordinator(
                        sidecar.stores, sidecar.policies, sidecar.process, clock, "coordinator-" + ++coordinators)
                .start();
        if (hasFaults) {
            sidecar.process.after(
                    world.random.nextInt(3_000), () -> trouble(sidecar.process, this::startRealCoordinator));
        }
    }

    /** Somebody who wants the namespace moved, and changes their mind now and then. */
    private final class Operator {
        final Sidecar sidecar = new Sidecar();
        final Migrations migrations = new Migrations(sidecar.stores, sidecar.policies, sidecar.process, clock);

        void pause() {
            sidecar.process.after(20L + world.random.nextInt(300), () -> {
                if (!isOver) {
                    sidecar.policies
                            .refresh(NAMESPACE)
                            .compose(this::act)
                            .onSuccess(status -> steps++)
                            .onComplete(done -> pause());
                }
            });
        }

        private Future<?> act(Policy policy) {
            if (policy.phase() == Phase.SINGLE) {
                String target = policy.source().equals("a") ? "b" : "a";
                return migrations.start(ORDER, new Migrations.Start(target, world.chance(70), true));
            } else if (world.chance(10)) {
                return policy.phase() == Phase.DUAL_WRITE
                        ? migrations.abort(ORDER)
                        : migrations.rollBack(ORDER, STEP_MAX).onSuccess(this::count);
            } else if (policy.phase() == Phase.WRITE_SWITCHED) {
                return migrations.complete(ORDER).onSuccess(done -> completed++);
            }
            return migrations.status(NAMESPACE).compose(status -> {
                String obstacles = String.join("; ", status.obstacles());
                if (obstacles.contains("verify first") || obstacles.contains("verify again")) {
                    return migrations.verify(ORDER);
                }
                int percent = world.chance(50) ? 100 : 1 + world.random.nextInt(99);
                return migrations.advance(ORDER, percent, STEP_MAX).onSuccess(this::count);
            });
        }

        private void count(Migrations.Status status) {
            switches += status.policy().phase() == Phase.WRITE_SWITCHED ? 1 : 0;
        }
    }

    /** Takes the namespace through its phases, without a plan. */
    private final class Coordinator {
        final Sidecar sidecar = new Sidecar();
        final PolicySteps policySteps = new PolicySteps(sidecar.stores, sidecar.policies, sidecar.process);

        void pause() {
            sidecar.process.after(5L + world.random.nextInt(60), () -> {
                if (!isOver) {
                    policySteps
                            .recover(NAMESPACE)
                            .compose(policy -> world.chance(25)
                                    ? deliver(sidecar, policy).transform(done -> step(policy))
                                    : step(policy))
                            .onComplete(done -> pause());
                }
            });
        }

        private Future<Policy> step(Policy policy) {
            boolean isForward = world.chance(65);
            Future<Policy> step = switch (policy.phase()) {
                case SINGLE ->
                    policySteps.start(
                            NAMESPACE, policy, policy.source().equals("a") ? "b" : "a", world.chance(70), STEP_MAX);
                case DUAL_WRITE ->
                    isForward
                            ? backfill(sidecar, null)
                                    .compose(
                                            done -> policySteps.move(NAMESPACE, policy, Phase.READ_NEWEST, 0, STEP_MAX))
                            : policySteps.move(NAMESPACE, policy, Phase.SINGLE, 0, STEP_MAX);
                case READ_NEWEST ->
                    policySteps.move(
                            NAMESPACE,
                            policy,
                            isForward ? Phase.READ_SWITCHED : Phase.DUAL_WRITE,
                            isForward ? 1 + world.random.nextInt(100) : 0,
                            STEP_MAX);
                case READ_SWITCHED -> {
                    if (!isForward) {
                        yield policySteps.move(NAMESPACE, policy, Phase.READ_NEWEST, 0, STEP_MAX);
                    }
                    yield policy.readsAllOnMirror()
                            ? policySteps.switchWrites(NAMESPACE, policy, STEP_MAX)
                            : policySteps.move(NAMESPACE, policy, Phase.READ_SWITCHED, 100, STEP_MAX);
                }
                case WRITE_SWITCHED ->
                    isForward
                            ? policySteps.move(NAMESPACE, policy, Phase.SINGLE, 0, STEP_MAX)
                            : policySteps.switchWrites(NAMESPACE, policy, STEP_MAX);
            };
            return step.onSuccess(now -> {
                steps++;
                switches += now.authority().equals(policy.authority()) ? 0 : 1;
            });
        }
    }

    private static CallOptions soon(SimProcess process, long millis) {
        return new CallOptions(process.nanoTime() + millis * 1_000_000, Consistency.LINEARIZABLE);
    }

    private Future<Void> deliver(Sidecar sidecar, Policy policy) {
        if (policy.mirror() == null) {
            return Future.succeededFuture();
        }
        return new OutboxDelivery(
                        NAMESPACE,
                        sidecar.stores.get(policy.authority()),
                        policy.epoch(),
                        sidecar.stores.get(policy.requireMirror()),
                        policy.epoch())
                .upToNow(soon(sidecar.process, 200))
                .mapEmpty();
    }

    private Future<Void> backfill(Sidecar sidecar, @Nullable ScanPosition after) {
        return new Backfill(sidecar.stores, sidecar.policies, NAMESPACE)
                .page(after, soon(sidecar.process, 200))
                .compose(next -> next == null ? Future.succeededFuture() : backfill(sidecar, next));
    }

    /** With nobody working any more: both stores come to the same. */
    private void settle() {
        Sidecar last = new Sidecar();
        PolicySteps policySteps = new PolicySteps(last.stores, last.policies, last.process);
        Future<Policy> settled = policySteps
                .recover(NAMESPACE)
                .compose(policy -> policy.phase() == Phase.SINGLE
                        ? policySteps.start(NAMESPACE, policy, policy.source().equals("a") ? "b" : "a", true, STEP_MAX)
                        : Future.succeededFuture(policy))
                .compose(policy -> policy.phase() == Phase.DUAL_WRITE
                        ? backfill(last, null).map(policy)
                        : Future.succeededFuture(policy))
                .compose(policy -> deliver(last, policy).map(policy));
        world.runUntil(world.millis() + 20_000);
        if (!settled.succeeded()) {
            throw new AssertionError("can't be brought to rest: " + settled.cause(), settled.cause());
        }
        Policy policy = settled.result();
        for (RecordKind kind : List.of(RecordKind.TASK, RecordKind.LEASE)) {
            List<StoredRecord> decided = at(policy.authority(), kind);
            List<StoredRecord> mirrored = at(policy.requireMirror(), kind);
            if (!decided.equals(mirrored)) {
                throw new AssertionError("the stores differ in the end, in " + kind + "s:\n  " + policy.authority()
                        + " " + decided + "\n  " + policy.mirror() + " " + mirrored);
            }
        }
    }

    private List<StoredRecord> at(String store, RecordKind kind) {
        SimServer server = servers.get(store);
        return server == null ? List.of() : server.records(NAMESPACE, kind);
    }

    /** Works on a few tasks and one lease, one call after the other. */
    private final class Client {
        final int number;
        final Sidecar sidecar;
        final TaskStore store;
        final long skewMillis = world.random.nextInt(40) - 20L;
        private @Nullable Task claimed;
        private @Nullable LeaderLease lease;
        private @Nullable TaskCommand toRepeat;

        Client(int number, Sidecar sidecar) {
            this.number = number;
            this.sidecar = sidecar;
            this.store = recorder.client(number, sidecar.router);
        }

        void go() {
            // Long histories with many lost answers are more than the checker can decide.
            sidecar.process.after(1L + world.random.nextInt(isOperated ? 250 : 30), () -> {
                if (!isOver) {
                    call().onComplete(done -> {
                        calls++;
                        if (done.failed()) {
                            failedCalls++;
                        }
                        go();
                    });
                }
            });
        }

        private String id() {
            return "t" + world.random.nextInt(TASKS);
        }

        private Future<?> call() {
            CallOptions options = soon(sidecar.process, 400);
            if (world.chance(40)) {
                return world.chance(85)
                        ? store.query(new TaskQuery.Get(NAMESPACE, id()), options)
                        : store.query(new TaskQuery.GetLease(NAMESPACE, "s"), options);
            }
            TaskCommand repeated = toRepeat;
            toRepeat = null;
            TaskCommand command = repeated != null ? repeated : command();
            return store.execute(command, options).andThen((outcome, failure) -> {
                if (failure instanceof StoreException && command.request() != null) {
                    toRepeat = command;
                } else if (outcome instanceof Outcome.Claimed got
                        && !got.tasks().isEmpty()) {
                    claimed = got.tasks().get(0);
                } else if (outcome instanceof Outcome.Granted granted) {
                    lease = granted.lease();
                }
            });
        }

        private TaskCommand command() {
            Verb verb = verb();
            RequestKey request = world.chance(40) && !(verb instanceof Verb.Sweep)
                    ? new RequestKey("r" + world.random.nextLong(), CommandCodec.bodyHash(verb), 3_600_000)
                    : null;
            return new TaskCommand(NAMESPACE, world.millis() + skewMillis, request, verb);
        }

        private Verb verb() {
            int dice = world.random.nextInt(100);
            if (dice < 25) {
                return Tasks.create(id(), Tasks.spec().withPayload(Bytes.of(new byte[] {(byte) world.random.nextInt()
                })));
            } else if (dice < 45) {
                return new Verb.Claim(List.of(Tasks.QUEUE), "w" + number % 5, 150, 1);
            } else if (dice < 60 && claimed != null) {
                Task task = claimed;
                long token = Optional.ofNullable(task.lease())
                        .map(held -> held.token())
                        .orElse(0L);
                claimed = null;
                return world.chance(50)
                        ? new Verb.Complete(task.id(), token, Bytes.EMPTY)
                        : new Verb.Fail(task.id(), token, new TaskError("E", "e"), false);
            } else if (dice < 70) {
                return new Verb.Delete(id(), 0);
            } else if (dice < 80) {
                return new Verb.Update(id(), 0, null, null, world.random.nextInt(9), null, null, null, null, null);
            } else if (dice < 85) {
                return new Verb.Cancel(id(), 0, "");
            } else if (dice < 90) {
                return new Verb.Retry(id(), 0);
            } else if (dice < 93) {
                return new Verb.Sweep(10);
            } else if (dice < 97 || lease == null) {
                return new Verb.AcquireLease("s", "h" + world.random.nextInt(3), 150);
            }
            return new Verb.RenewLease("s", lease.token(), 150);
        }
    }
}
