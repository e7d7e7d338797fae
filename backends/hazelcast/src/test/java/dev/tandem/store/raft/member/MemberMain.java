package dev.tandem.store.raft.member;

import com.hazelcast.cp.internal.RaftGroupId;
import dev.tandem.store.raft.log.Durability;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/**
 * A member in a process of its own, that is told what to do on its standard input.
 *
 * <pre>
 * ready                      answers "ready" when all groups can be used
 * load COUNTER INFLIGHT      adds 1 to the counter for ever; tells each sum with "acked N"
 * measure INFLIGHT SECONDS   adds to counters, and tells how it went
 * read COUNTER               tells the sum of the counter over all groups
 * leader GROUP               tells "leader true" or "leader false"
 * </pre>
 */
final class MemberMain {
    private static final long READY_MILLIS = 60_000;

    private final RaftMember member;
    private final int groups;
    private final ContextInternal context;
    private final PrintStream out =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    private final AtomicLong ids = new AtomicLong(new Random().nextLong());

    private MemberMain(RaftMember member, int groups) {
        this.member = member;
        this.groups = groups;
        context = (ContextInternal) Vertx.vertx().getOrCreateContext();
    }

    /** Arguments: cluster, port, members by commas, groups, folder, durability. */
    public static void main(String[] args) throws Exception {
        int groups = Integer.parseInt(args[3]);
        RaftMemberOptions options = RaftMemberOptions.of(
                        args[0], Cluster.HOST, Integer.parseInt(args[1]), List.of(args[2].split(",")), Path.of(args[4]))
                .withGroups(groups)
                .withDurability(Durability.valueOf(args[5]));
        RaftMember member = RaftMember.start(options, Map.of(CounterService.NAME, new CounterService()), failure -> {
            System.out.println("ended " + failure.getMessage());
            System.exit(3);
        });
        new MemberMain(member, groups).obey();
    }

    private void obey() throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "ready" -> {
                    member.awaitReady(READY_MILLIS);
                    out.println("ready");
                }
                case "load" -> {
                    for (int i = 0; i < Integer.parseInt(words[2]); i++) {
                        int group = 1 + i % groups;
                        context.runOnContext(nothing -> next(group, words[1]));
                    }
                }
                case "measure" -> measure(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
                case "read" -> read(words[1]);
                case "leader" -> out.println("leader " + leads(Integer.parseInt(words[1])));
                default -> out.println("unknown " + Arrays.toString(words));
            }
        }
        member.close();
        System.exit(0);
    }

    private boolean leads(int group) {
        RaftGroupId id = member.group(group);
        return member.status().stream().anyMatch(status -> status.group().equals(id.getName()) && status.leading());
    }

    private void next(int group, String counter) {
        member.<Long>invoke(
                        context,
                        group,
                        new CounterService.Add(ids.incrementAndGet(), counter, 1, new byte[100]),
                        Cluster.CALL_MILLIS)
                .onComplete(answer -> {
                    out.println(answer.succeeded() ? "acked " + System.nanoTime() / 1_000 : "failed " + answer.cause());
                    next(group, counter);
                });
    }

    private void read(String counter) throws Exception {
        long sum = 0;
        for (int group = 1; group <= groups; group++) {
            Long value = member.<Long>query(context, group, new CounterService.Get(counter), Cluster.CALL_MILLIS)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(READY_MILLIS, TimeUnit.MILLISECONDS);
            sum += value;
        }
        out.println("sum " + sum);
    }

    private void measure(int inFlight, int seconds) throws Exception {
        for (int warm = 0; warm < 2; warm++) {
            Histogram micros = new Histogram(3);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(warm == 0 ? 3 : seconds);
            long begin = System.nanoTime();
            var done = new CountDownLatch(inFlight);
            for (int i = 0; i < inFlight; i++) {
                int group = 1 + i % groups;
                context.runOnContext(nothing -> measured(group, micros, end, done));
            }
            done.await();
            double passed = (System.nanoTime() - begin) / 1e9;
            if (warm == 1) {
                out.printf(
                        "measured inFlight=%d %,.0f/s p50=%d us p99=%d us max=%d us%n",
                        inFlight,
                        micros.getTotalCount() / passed,
                        micros.getValueAtPercentile(50),
                        micros.getValueAtPercentile(99),
                        micros.getMaxValue());
            }
        }
    }

    private void measured(int group, Histogram micros, long end, CountDownLatch done) {
        long begin = System.nanoTime();
        if (begin > end) {
            done.countDown();
            return;
        }
        member.<Long>invoke(
                        context,
                        group,
                        new CounterService.Add(ids.incrementAndGet() & 0xFFFF, "c" + (begin & 1023), 1, new byte[200]),
                        Cluster.CALL_MILLIS)
                .onComplete(answer -> {
                    if (answer.failed()) {
                        out.println("failed " + answer.cause());
                    }
                    micros.recordValue((System.nanoTime() - begin) / 1_000);
                    measured(group, micros, end, done);
                });
    }
}
