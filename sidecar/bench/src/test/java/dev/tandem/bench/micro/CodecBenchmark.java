package dev.tandem.bench.micro;

import dev.tandem.store.raft.state.StateTable;
import dev.tandem.task.CommandCodec;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordCodec;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskMachine;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Commands and records to bytes and back. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class CodecBenchmark {

    /** A command of one verb. */
    @State(Scope.Benchmark)
    public static class Command {
        @Param({"create", "createOnce", "createRich", "update", "claim", "complete", "renew"})
        public String verb;

        private TaskCommand command;
        private byte[] bytes;

        @Setup
        public void make() {
            command = Objects.requireNonNull(Samples.commands().get(verb));
            bytes = CommandCodec.encode(command);
        }
    }

    /** A record in one state. */
    @State(Scope.Benchmark)
    public static class Stored {
        @Param({"enqueued", "claimed"})
        public String record;

        private Task task;
        private byte[] bytes;

        @Setup
        public void make() {
            StateTable table = new StateTable(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
            TaskCommand create = Samples.commands().get("create");
            task = ((Outcome.Applied) TaskMachine.execute(table, create)).task();
            if (record.equals("claimed")) {
                TaskCommand claim = Samples.commands().get("claim");
                task = ((Outcome.Claimed) TaskMachine.execute(table, claim))
                        .tasks()
                        .get(0);
            }
            bytes = RecordCodec.encode(task);
        }
    }

    @Benchmark
    public byte[] encodeCommand(Command of) {
        return CommandCodec.encode(of.command);
    }

    @Benchmark
    public TaskCommand decodeCommand(Command of) {
        return CommandCodec.decode(of.bytes);
    }

    @Benchmark
    public byte[] encodeRecord(Stored of) {
        return RecordCodec.encode(of.task);
    }

    @Benchmark
    public Task decodeRecord(Stored of) {
        return RecordCodec.decodeTask(of.bytes);
    }
}
