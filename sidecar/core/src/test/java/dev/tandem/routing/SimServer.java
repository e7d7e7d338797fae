package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.FailureKind;
import dev.tandem.store.ScanPage;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskCounts;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Gate;
import dev.tandem.task.Limits;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskMachine;
import dev.tandem.task.TaskState;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import dev.tandem.testkit.ReferenceTable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store of the simulation, of one shard or several, behind a network that loses, doubles and delays what is sent.
 *
 * <p>Its rules are the real ones. Each of its guards can be taken away, to see that the simulation notices.
 */
final class SimServer {
    /** What the protocol needs of a store. */
    enum Guard {
        /** A command is applied only if its epoch and its kind are those of the gate. */
        COMMAND_EPOCH,
        /** A query is answered only if its epoch is that of the gate. */
        QUERY_EPOCH,
        /** What is written is in the outbox, too. */
        OUTBOX,
        /** A mirror remembers what was deleted. */
        TOMBSTONE,
        /** A mirror takes a record only if it is newer. */
        APPLY_IF_NEWER,
        /** A gate is moved only if it is as expected. */
        GATE_CAS
    }

    /** How long a caller waits for an answer that does not come. */
    private static final long TIMEOUT_MILLIS = 60;

    private final SimWorld world;
    private final String name;
    private final List<ReferenceTable> shards = new ArrayList<>();
    private final Set<Guard> without;

    /** How many of a hundred calls meet each kind of fault. */
    double faultPercent;

    /** How much longer each call takes than others do. */
    long slowMillis;

    private long downUntilNanos;

    SimServer(SimWorld world, String name, int shards, Set<Guard> without) {
        this.name = name;
        this.world = world;
        this.without = without;
        for (int i = 0; i < shards; i++) {
            this.shards.add(new Table());
        }
    }

    /** A table that may forget what it has to remember. */
    private final class Table extends ReferenceTable {
        Table() {
            super(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
        }

        @Override
        public void putOutbox(String namespace, OutboxEntry entry) {
            if (!without.contains(Guard.OUTBOX)) {
                super.putOutbox(namespace, entry);
            }
        }

        @Override
        public void mirror(String namespace, @Nullable Task before, Tombstone after) {
            super.mirror(namespace, before, after);
            if (without.contains(Guard.TOMBSTONE)) {
                dropTombstone(namespace, after.id());
            }
        }
    }

    /** Takes no calls for a while. */
    void goDown(long millis) {
        downUntilNanos = world.nanos() + millis * 1_000_000;
    }

    /** All that it holds, read past the network. */
    List<StoredRecord> records(String namespace, RecordKind kind) {
        List<StoredRecord> all = new ArrayList<>();
        ScanPosition after = ScanPosition.begin(kind);
        while (after != null && after.kind() == kind) {
            ScanPage page = scan(new TaskQuery.Scan(namespace, after, Limits.PAGE_SIZE_MAX), CallOptions.ANY_EPOCH);
            all.addAll(page.records());
            after = page.next();
        }
        return all;
    }

    int shards() {
        return shards.size();
    }

    private int shardOf(String name) {
        return Math.floorMod(name.hashCode(), shards.size());
    }

    private ReferenceTable shard(String name) {
        return shards.get(shardOf(name));
    }

    private Outcome run(ReferenceTable table, TaskCommand command) {
        if (!SimWorld.IS_TRACED) {
            return apply(table, command);
        }
        String what = name + shards.indexOf(table) + " at "
                + table.gate(command.namespace()).epoch() + " "
                + table.gate(command.namespace()).role() + ": epoch " + command.epoch() + " " + command.verb();
        try {
            Outcome outcome = apply(table, command);
            world.trace(what + " -> " + outcome);
            return outcome;
        } catch (StoreException e) {
            world.trace(what + " -> " + e.kind());
            throw e;
        }
    }

    private Outcome apply(ReferenceTable table, TaskCommand command) {
        String namespace = command.namespace();
        Gate gate = table.gate(namespace);
        if (command.verb() instanceof Verb.MoveGate move && without.contains(Guard.GATE_CAS)) {
            table.putGate(namespace, move.to());
            return new Outcome.Gated(move.to(), true);
        } else if (without.contains(Guard.COMMAND_EPOCH) && !gate.admits(command.epoch(), command.verb())) {
            table.putGate(namespace, new Gate(command.epoch(), Gate.Role.AUTHORITY, gate.hasOutbox(), gate.policy()));
            Outcome outcome = TaskMachine.execute(table, command);
            table.putGate(namespace, gate);
            return outcome;
        } else if (command.verb() instanceof Verb.Mirror mirror && without.contains(Guard.APPLY_IF_NEWER)) {
            mirror.records().forEach(record -> forget(table, namespace, record));
        }
        return StoreException.unlessFenced(TaskMachine.execute(table, command));
    }

    /** So that whatever comes is newer. */
    private static void forget(ReferenceTable table, String namespace, StoredRecord record) {
        if (record instanceof Task task) {
            Task now = table.task(namespace, task.id());
            if (now != null) {
                table.mirror(namespace, now, new Tombstone(task.id(), 0, 0));
            }
            table.dropTombstone(namespace, task.id());
        }
    }

    /** Goes back to an older record of a task, as a failover does to a replica that is behind. */
    void lose(String namespace, Task again) {
        ReferenceTable table = shard(again.id());
        forget(table, namespace, again);
        table.mirror(null, again);
    }

    /** Goes back to when there was no such task. */
    void lose(String namespace, String never) {
        ReferenceTable table = shard(never);
        forget(table, namespace, Objects.requireNonNull(table.task(namespace, never)));
    }

    /** Past the network. */
    Outcome execute(TaskCommand command) {
        Verb verb = command.verb();
        if (shards.size() == 1) {
            return run(shards.get(0), command);
        } else if (verb instanceof Verb.OnTask onTask) {
            return run(shard(onTask.taskId()), command);
        } else if (verb instanceof Verb.OnLease onLease) {
            return run(shard(onLease.scope()), command);
        } else if (verb instanceof Verb.MoveGate move) {
            return moveGates(command, move);
        } else if (verb instanceof Verb.Claim) {
            int first = world.random.nextInt(shards.size());
            Outcome outcome = run(shards.get(first), command);
            for (int i = 1;
                    i < shards.size() && ((Outcome.Claimed) outcome).tasks().isEmpty();
                    i++) {
                outcome = run(shards.get((first + i) % shards.size()), command);
            }
            return outcome;
        }
        Outcome last = null;
        boolean isPartial = false;
        for (int i = 0; i < shards.size(); i++) {
            try {
                last = run(shards.get(i), command.withVerb(part(verb, i)));
            } catch (StoreException e) {
                if (last == null) {
                    throw e;
                }
                isPartial = true;
            }
        }
        if (isPartial) {
            throw new StoreException(FailureKind.MAYBE_APPLIED, "some shards did not take it");
        }
        return Objects.requireNonNull(last);
    }

    /** The first shard decides. What breaks off in between is made again by somebody. */
    private Outcome moveGates(TaskCommand command, Verb.MoveGate move) {
        Outcome.Gated first = (Outcome.Gated) run(shards.get(0), command);
        for (int i = 1; i < shards.size() && first.moved(); i++) {
            if (world.chance(faultPercent)) {
                throw new StoreException(FailureKind.MAYBE_APPLIED, "not all shards have moved");
            }
            Outcome.Gated next = (Outcome.Gated)
                    run(shards.get(i), command.withVerb(new Verb.MoveGate(Verb.MoveGate.ANY_LOWER, move.to())));
            if (!next.moved()) {
                return next;
            }
        }
        return first;
    }

    private Verb part(Verb verb, int shard) {
        if (verb instanceof Verb.Mirror mirror) {
            return new Verb.Mirror(
                    mirror.records().stream()
                            .filter(record -> shardOf(placeOf(record)) == shard)
                            .toList(),
                    mirror.version());
        } else if (verb instanceof Verb.Acknowledge acknowledge) {
            return new Verb.Acknowledge(acknowledge.entries().stream()
                    .filter(entry -> acknowledge.shard() == Verb.Acknowledge.ANY_SHARD
                            ? entry.name().kind() != RecordKind.REQUEST
                                    && shardOf(entry.name().name()) == shard
                            : acknowledge.shard() == shard)
                    .toList());
        }
        return verb;
    }

    private static String placeOf(StoredRecord record) {
        return record instanceof RequestRecord request && !request.touched().isEmpty()
                ? request.touched().get(0).id()
                : record.position().name();
    }

    // Each query names the type of its own answer.
    @SuppressWarnings("unchecked")
    <R> R answer(TaskQuery<R> query, long epoch) {
        long asked = without.contains(Guard.QUERY_EPOCH) ? CallOptions.ANY_EPOCH : epoch;
        if (query instanceof TaskQuery.Get get) {
            return shard(get.taskId()).answer(query, asked);
        } else if (query instanceof TaskQuery.GetLease get) {
            return shard(get.scope()).answer(query, asked);
        } else if (query instanceof TaskQuery.Outbox outbox) {
            return shards.get(outbox.shard()).answer(query, asked);
        } else if (query instanceof TaskQuery.Scan scan) {
            return (R) scan(scan, asked);
        } else if (query instanceof TaskQuery.ListTasks list) {
            return (R) new TaskPage(
                    shards.stream()
                            .flatMap(shard -> shard.answer(list, asked).tasks().stream())
                            .sorted(Comparator.comparingLong(Task::createdAtMillis)
                                    .reversed())
                            .limit(list.limit())
                            .toList(),
                    null);
        } else if (query instanceof TaskQuery.Count) {
            Map<TaskState, Long> counts = new EnumMap<>(TaskState.class);
            shards.forEach(shard -> ((TaskCounts) shard.answer(query, asked))
                    .byState()
                    .forEach((state, count) -> counts.merge(state, count, Long::sum)));
            return (R) new TaskCounts(counts);
        }
        return shards.get(0).answer(query, asked);
    }

    private ScanPage scan(TaskQuery.Scan scan, long epoch) {
        ScanPosition after = scan.after() == null ? ScanPosition.begin(RecordKind.TASK) : scan.after();
        List<ScanPage> pages = shards.stream()
                .map(shard -> shard.answer(new TaskQuery.Scan(scan.namespace(), after, scan.limit()), epoch))
                .toList();
        List<StoredRecord> all = pages.stream()
                .flatMap(page -> page.records().stream())
                .sorted(Comparator.comparing(StoredRecord::position))
                .toList();
        boolean more = all.size() > scan.limit()
                || pages.stream()
                        .anyMatch(page -> page.next() != null && page.next().kind() == after.kind());
        List<StoredRecord> page = all.subList(0, Math.min(scan.limit(), all.size()));
        long time = pages.stream().mapToLong(ScanPage::timeMillis).max().orElse(0);
        return new ScanPage(
                List.copyOf(page),
                more ? page.get(page.size() - 1).position() : ScanPosition.afterAll(after.kind()),
                pages.get(0).cursor(),
                time,
                List.of());
    }

    /** The way that one process has to it. */
    TaskStore seenBy(SimProcess process) {
        return new Client(process);
    }

    private final class Client implements TaskStore {
        private final SimProcess process;

        Client(SimProcess process) {
            this.process = process;
        }

        @Override
        public Future<Outcome> execute(TaskCommand command, CallOptions options) {
            boolean isRepeatable = command.verb() instanceof Verb.Mirror
                    || command.verb() instanceof Verb.MoveGate
                    || command.verb() instanceof Verb.Acknowledge;
            return send(options, FailureKind.MAYBE_APPLIED, isRepeatable, () -> SimServer.this.execute(command));
        }

        @Override
        public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
            return send(options, FailureKind.NOT_APPLIED, false, () -> answer(query, options.epoch()));
        }

        private <R> Future<R> send(CallOptions options, FailureKind unknown, boolean isRepeatable, Supplier<R> work) {
            Promise<R> promise = Promise.promise();
            if (options.isPast(world.nanos())) {
                promise.fail(new StoreException(FailureKind.DEADLINE_PASSED, "the deadline has passed"));
                return promise.future();
            }
            boolean isLost = world.chance(faultPercent) || process.isCutFrom(name);
            boolean isLate = world.chance(faultPercent);
            boolean isAnswerLost = isLost || isLate || world.chance(faultPercent);
            if (!isLost) {
                long there = world.microsBetween(50, 2_000) * 1_000
                        + slowMillis * 1_000_000
                        + (isLate ? world.random.nextInt(500) * 1_000_000L : 0);
                world.after(there, () -> arrive(promise, work, isAnswerLost));
                if (isRepeatable && world.chance(2 * faultPercent)) {
                    world.after(
                            there + world.random.nextInt(300) * 1_000_000L,
                            () -> arrive(Promise.promise(), work, true));
                }
            }
            if (isAnswerLost) {
                process.after(TIMEOUT_MILLIS, () -> promise.tryFail(new StoreException(unknown, "no answer came")));
            }
            return promise.future();
        }

        private <R> void arrive(Promise<R> promise, Supplier<R> work, boolean isAnswerLost) {
            R answer;
            StoreException failure;
            try {
                if (world.nanos() < downUntilNanos) {
                    throw new StoreException(FailureKind.NOT_APPLIED, "the store is down");
                }
                answer = work.get();
                failure = null;
            } catch (StoreException e) {
                answer = null;
                failure = e;
            }
            if (!isAnswerLost) {
                R came = answer;
                StoreException failed = failure;
                world.after(
                        world.microsBetween(50, 2_000) * 1_000,
                        () -> process.run(() -> {
                            if (failed == null) {
                                promise.tryComplete(came);
                            } else {
                                promise.tryFail(failed);
                            }
                        }));
            }
        }

        @Override
        public Subscription subscribe(String namespace, Runnable listener) {
            return () -> {};
        }

        @Override
        public Capabilities capabilities() {
            return new Capabilities(Durability.MEMORY, true, shards.size());
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    }
}
