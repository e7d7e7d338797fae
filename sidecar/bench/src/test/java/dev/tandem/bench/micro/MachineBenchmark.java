package dev.tandem.bench.micro;

import dev.tandem.store.Cursor;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.store.raft.state.StateTable;
import dev.tandem.store.raft.state.StateView;
import dev.tandem.task.Bytes;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskMachine;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * One command on a table of ten thousand and of a million tasks: {@link TaskMachine#execute} over the table that Raft
 * members have, of which a view is taken after each {@value #COMMANDS_A_VIEW} commands, as it is after each entry of the log.
 *
 * <p>Tasks are met in random order, by ids that are not the table's own strings, as ids that come out of a log are not.
 * What a batch has inserted is removed before the next one, and what it has claimed is given back, outside of what is
 * measured, so that the table keeps its size.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xms3g", "-Xmx3g", "-XX:+UseSerialGC", "-XX:+UseTransparentHugePages"})
public class MachineBenchmark {
    private static final int BATCH = 10_000;
    private static final int CLAIMS = 1_000;
    private static final int COMMANDS_A_VIEW = 64;
    private static final TaskFilter ENQUEUED = TaskFilter.ofStates(TaskState.ENQUEUED);

    /** A full table, and some of its tasks' ids in the order in which they are met. */
    @State(Scope.Benchmark)
    public static class Filled {
        private static final int MET = 1 << 16;

        /** Few, because the payload of a command that was just read is at hand; an odd number, so that it changes. */
        private static final int PAYLOADS = 255;

        @Param({"10000", "1000000"})
        public int tasks;

        /** Tombstones go at the next sweep: a day's would be more than the tasks. */
        final StateTable table = new StateTable(0);

        /** Read by others meanwhile. */
        volatile StateView view = table.view();

        final String[] ids = new String[MET];
        final Bytes[] payloads = new Bytes[PAYLOADS];
        private long nowMillis = Samples.NOW;
        private int next;
        private int commands;

        @Setup
        public void fill() {
            for (int i = 0; i < tasks; i++) {
                run(Samples.create(Samples.id(i), Samples.payload(i)));
            }
            Random random = new Random(1);
            for (int i = 0; i < MET; i++) {
                ids[i] = Samples.id(random.nextInt(tasks));
            }
            for (int i = 0; i < PAYLOADS; i++) {
                payloads[i] = Samples.payload(tasks + i);
            }
        }

        String nextId() {
            next++;
            return ids[next & MET - 1];
        }

        Bytes payload() {
            return payloads[Math.floorMod(next, PAYLOADS)];
        }

        Outcome run(Verb verb) {
            nowMillis++;
            Outcome outcome = TaskMachine.execute(table, Samples.command(nowMillis, verb));
            if (!outcome.succeeded()) {
                throw new IllegalStateException(outcome.toString());
            }
            if (++commands % COMMANDS_A_VIEW == 0) {
                view = table.view();
            }
            return outcome;
        }

        Object ask(TaskQuery<?> query) {
            return new GroupQuery.Ask(query).answer(view);
        }

        long size() {
            return table.view().countByState(Samples.NAMESPACE, TaskFilter.ALL).total();
        }
    }

    /** The ids of one batch of new tasks. */
    @State(Scope.Benchmark)
    public static class Fresh {
        private final String[] ids = new String[BATCH];
        private final Bytes[] payloads = new Bytes[BATCH];
        private long drawn;

        @Setup(Level.Invocation)
        public void draw(Filled filled) {
            for (int i = 0; i < BATCH; i++) {
                ids[i] = Samples.id(filled.tasks + drawn++);
                payloads[i] = Samples.payload(drawn);
            }
        }

        @TearDown(Level.Invocation)
        public void remove(Filled filled) {
            for (String id : ids) {
                filled.run(new Verb.Delete(id, 0));
            }
            boolean isMore = true;
            while (isMore) {
                isMore = ((Outcome.Swept) filled.run(new Verb.Sweep(Limits.SWEEP_MAX))).more();
            }
            if (filled.size() != filled.tasks) {
                throw new IllegalStateException("the table has " + filled.size() + " tasks");
            }
        }
    }

    /** What was claimed last. */
    @State(Scope.Benchmark)
    public static class Held {
        private final List<Task> tasks = new ArrayList<>();

        @TearDown(Level.Invocation)
        public void release(Filled filled) {
            for (Task task : tasks) {
                filled.run(new Verb.Release(task.id(), task.version(), 0));
            }
            tasks.clear();
        }
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void insert(Filled filled, Fresh fresh, Blackhole hole) {
        for (int i = 0; i < BATCH; i++) {
            hole.consume(filled.run(Samples.create(fresh.ids[i], fresh.payloads[i])));
        }
    }

    @Benchmark
    public Outcome update(Filled filled) {
        return filled.run(Samples.update(filled.nextId(), filled.payload()));
    }

    @Benchmark
    public Task read(Filled filled) {
        return filled.view.task(Samples.NAMESPACE, filled.nextId());
    }

    @Benchmark
    @OperationsPerInvocation(CLAIMS)
    public void claim(Filled filled, Held held) {
        for (int i = 0; i < CLAIMS; i++) {
            held.tasks.addAll(((Outcome.Claimed) filled.run(Samples.claim(1))).tasks());
        }
    }

    /** The newest fifty of one state. */
    @Benchmark
    public Object list(Filled filled) {
        return filled.ask(new TaskQuery.ListTasks(Samples.NAMESPACE, ENQUEUED, true, null, 50));
    }

    @Benchmark
    public Object count(Filled filled) {
        return filled.ask(new TaskQuery.Count(Samples.NAMESPACE, ENQUEUED));
    }

    /** A page of the newest changes. */
    @Benchmark
    public Object changes(Filled filled) {
        long from = filled.view.lastVersion(Samples.NAMESPACE) - 100;
        return filled.ask(new TaskQuery.Changes(Samples.NAMESPACE, new Cursor(List.of(from)), 50));
    }

    /** A task's whole life, four commands: claimed, completed, deleted, and created again at the end of the queue. */
    @Benchmark
    public Outcome life(Filled filled) {
        Task task = ((Outcome.Claimed) filled.run(Samples.claim(1))).tasks().get(0);
        filled.run(new Verb.Complete(task.id(), task.version(), Bytes.EMPTY));
        filled.run(new Verb.Delete(task.id(), 0));
        return filled.run(Samples.create(task.id(), filled.payload()));
    }
}
