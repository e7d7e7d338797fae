package dev.tandem.bench.micro;

import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskRules;
import dev.tandem.task.Verb;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One verb on one record, without a table: {@link TaskRules#apply}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RulesBenchmark {
    private final Verb.Create create = Samples.create(Samples.id(1), Samples.payload(1));
    private final Verb.Claim claim = Samples.claim(1);
    private final Task enqueued = written(null, create, 1);
    private final Task claimed = written(enqueued, claim, 2);
    private final Verb.Update update = Samples.update(enqueued.id(), Samples.payload(2));
    private final Verb.Complete complete = new Verb.Complete(claimed.id(), 2, Samples.payload(3));

    @Benchmark
    public Outcome create() {
        return apply(null, create, 3);
    }

    @Benchmark
    public Outcome update() {
        return apply(enqueued, update, 3);
    }

    @Benchmark
    public Outcome claim() {
        return apply(enqueued, claim, 3);
    }

    @Benchmark
    public Outcome complete() {
        return apply(claimed, complete, 3);
    }

    private static Outcome apply(Task now, Verb verb, long version) {
        return TaskRules.apply(Samples.NAMESPACE, now, verb, Samples.NOW, version);
    }

    private static Task written(Task now, Verb verb, long version) {
        if (apply(now, verb, version) instanceof Outcome.Applied applied) {
            return applied.task();
        }
        throw new IllegalStateException("refused: " + verb);
    }
}
