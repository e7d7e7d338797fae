package dev.tandem.store.redis;

import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.task.Bytes;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;

/**
 * Measures what commands cost on the server, and what a task takes of its memory. Not a test: its numbers are in
 * docs/benchmarks.md. Its arguments are how many tasks to make, and how many calls are in flight.
 */
final class ScriptCostMeasure {
    private static final String NS = "default";

    private final Vertx vertx = Vertx.vertx();
    private final RedisServer server;
    private final RedisTaskStore store;
    private final int inFlight;

    private ScriptCostMeasure(RedisServer server, int inFlight) {
        this.server = server;
        this.store = Stores.open(vertx, server.url());
        this.inFlight = inFlight;
    }

    public static void main(String[] arguments) throws Exception {
        int tasks = Integer.parseInt(arguments[0]);
        int inFlight = Integer.parseInt(arguments[1]);
        try (RedisServer server = RedisServer.start()) {
            new ScriptCostMeasure(server, inFlight).run(tasks);
        }
        System.exit(0);
    }

    private void run(int tasks) throws Exception {
        Queue<Task> claimed = new ConcurrentLinkedQueue<>();
        String[] ids = new String[tasks];
        for (int i = 0; i < tasks; i++) {
            ids[i] = UUID.randomUUID().toString();
        }
        Bytes payload = Bytes.of(new byte[16]);
        measure(
                "warm-up",
                20_000,
                i -> store.execute(
                        command(new Verb.Create("w" + i, TaskSpec.of("mail", payload), 0, 0, Map.of())),
                        CallOptions.DEFAULT));
        server.command("FLUSHALL");
        Vertx other = Vertx.vertx();
        long before = memory();
        RedisTaskStore fresh = Stores.open(other, server.url());
        measure(
                "create",
                tasks,
                i -> fresh.execute(
                        command(new Verb.Create(ids[(int) i], TaskSpec.of("mail", payload), 0, 0, Map.of())),
                        CallOptions.DEFAULT));
        System.out.printf("memory: %.0f bytes a task%n", (double) (memory() - before) / tasks);
        int some = Math.min(tasks / 2, 100_000);
        measure("get", some, i -> fresh.query(new TaskQuery.Get(NS, ids[(int) i]), CallOptions.DEFAULT));
        measure(
                "claim one",
                some,
                i -> fresh.execute(command(new Verb.Claim(List.of("mail"), "w1", 30_000, 1)), CallOptions.DEFAULT)
                        .onSuccess(outcome -> claimed.addAll(((Outcome.Claimed) outcome).tasks())));
        measure("renew", some, i -> {
            Task task = Objects.requireNonNull(claimed.poll());
            claimed.add(task);
            return fresh.execute(
                    command(new Verb.Renew(
                            task.id(), Objects.requireNonNull(task.lease()).token(), 0, null)),
                    CallOptions.DEFAULT);
        });
        measure("complete", some, i -> {
            Task task = Objects.requireNonNull(claimed.poll());
            return fresh.execute(
                    command(new Verb.Complete(
                            task.id(), Objects.requireNonNull(task.lease()).token(), Bytes.EMPTY)),
                    CallOptions.DEFAULT);
        });
        measure(
                "claim ten",
                some / 10,
                i -> fresh.execute(command(new Verb.Claim(List.of("mail"), "w1", 30_000, 10)), CallOptions.DEFAULT));
        measure(
                "list 50",
                1_000,
                i -> fresh.query(new TaskQuery.ListTasks(NS, TaskFilter.ALL, false, null, 50), CallOptions.DEFAULT));
        measure(
                "count by kind",
                1,
                i -> fresh.query(
                        new TaskQuery.Count(
                                NS,
                                new TaskFilter(
                                        java.util.Set.of(),
                                        java.util.Set.of(),
                                        java.util.Set.of("k"),
                                        "",
                                        Map.of(),
                                        0,
                                        Long.MAX_VALUE)),
                        CallOptions.DEFAULT));
        System.out.printf("memory: %.0f bytes a task%n", (double) (memory() - before) / tasks);
    }

    private long memory() {
        return server.command("INFO", "memory")
                .lines()
                .filter(line -> line.startsWith("used_memory:"))
                .mapToLong(line ->
                        Long.parseLong(line.substring("used_memory:".length()).trim()))
                .findFirst()
                .orElseThrow();
    }

    private static TaskCommand command(Verb verb) {
        return TaskCommand.of(NS, System.currentTimeMillis(), verb);
    }

    private void measure(String what, int calls, LongFunction<Future<?>> call) throws Exception {
        server.command("CONFIG", "RESETSTAT");
        CountDownLatch done = new CountDownLatch(calls);
        AtomicLong next = new AtomicLong();
        AtomicLong failures = new AtomicLong();
        long start = System.nanoTime();
        vertx.runOnContext(ignored -> {
            for (int i = 0; i < inFlight; i++) {
                step(calls, next, failures, call, done);
            }
        });
        done.await();
        double seconds = (System.nanoTime() - start) / 1e9;
        String stats = server.command("INFO", "commandstats")
                .lines()
                .filter(line -> line.startsWith("cmdstat_evalsha:") || line.startsWith("cmdstat_hget:"))
                .map(line -> line.replaceAll(",rejected.*", ""))
                .toList()
                .toString();
        System.out.printf(
                "%-14s %8d calls %9.0f/s  failures %d  %s%n", what, calls, calls / seconds, failures.get(), stats);
    }

    private void step(
            int calls, AtomicLong next, AtomicLong failures, LongFunction<Future<?>> call, CountDownLatch done) {
        long i = next.getAndIncrement();
        if (i >= calls) {
            return;
        }
        call.apply(i).onComplete(result -> {
            if (result.failed() && failures.getAndIncrement() == 0) {
                System.out.println(result.cause());
            }
            done.countDown();
            step(calls, next, failures, call, done);
        });
    }
}
