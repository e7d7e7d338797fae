package dev.tandem.robustness;

import dev.tandem.client.ClientOptions;
import dev.tandem.testkit.HistoryChecks;
import dev.tandem.testkit.HistoryRecorder;
import dev.tandem.testkit.Operation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Several clients that work at once, from one seed, while a test does harm to their sidecar. All that they saw is in the
 * history.
 *
 * <p>Most of the work is in one namespace after the other, which keeps each history short enough to check; some is in one
 * that stays, without claims, so that versions are followed from the first to the last fault.
 */
final class Workload implements AutoCloseable {
    /** The namespace that stays. */
    static final Area STEADY = new Area("steady", 200, 24, false);

    private static final int TASKS_PER_NAMESPACE = 6;

    /** After how many acknowledged calls the next namespace is begun. */
    private static final long CALLS_PER_NAMESPACE = 500;

    private static final Duration FINISH_MAX = Duration.ofSeconds(90);

    private final Vertx vertx;
    private final HistoryRecorder history = new HistoryRecorder();
    private final Progress progress = new Progress();
    private final List<WorkClient> clients = new ArrayList<>();
    private final String address;

    Workload(Vertx vertx, String address, long seed, int count, Duration deadline) {
        this(vertx, List.of(address), seed, count, deadline, Defect.NONE);
    }

    /** @param addresses of what the clients, in turn, take for one and the same sidecar */
    Workload(Vertx vertx, List<String> addresses, long seed, int count, Duration deadline, Defect defect) {
        this.vertx = vertx;
        this.address = addresses.get(0);
        Random random = new Random(seed);
        for (int number = 1; number <= count; number++) {
            Random areas = new Random(random.nextLong());
            clients.add(new WorkClient(
                    number,
                    random.nextLong(),
                    options(addresses.get(number % addresses.size())),
                    deadline,
                    () -> area(areas),
                    history,
                    progress,
                    defect));
        }
    }

    /** Every attempt is one call, so that each is an operation of its own in the history. */
    static ClientOptions options(String address) {
        return ClientOptions.DEFAULT.withAddress(address).withRetries(1, Duration.ofMillis(1), Duration.ofMillis(1));
    }

    private Area area(Random random) {
        long generation = progress.count(Progress.ACKNOWLEDGED) / CALLS_PER_NAMESPACE;
        return random.nextInt(5) == 0
                ? STEADY
                : new Area("n" + generation, leaseMillis(generation), TASKS_PER_NAMESPACE, true);
    }

    /** Short ones run out while their worker still works, or while the sidecar is down. */
    private static long leaseMillis(long generation) {
        return generation % 3 == 1 ? 30_000 : 150;
    }

    /** The namespaces that were worked in so far. */
    List<Area> areas() {
        List<Area> areas = new ArrayList<>(List.of(STEADY));
        long last = progress.count(Progress.ACKNOWLEDGED) / CALLS_PER_NAMESPACE;
        for (long generation = 0; generation <= last; generation++) {
            areas.add(new Area("n" + generation, leaseMillis(generation), TASKS_PER_NAMESPACE, true));
        }
        return areas;
    }

    void start() {
        await(Future.all(clients.stream().map(vertx::deployVerticle).toList()));
    }

    Progress progress() {
        return progress;
    }

    HistoryRecorder history() {
        return history;
    }

    /** Ends the work: what is under way is finished, which needs a sidecar that runs. */
    void finish() {
        await(Future.all(clients.stream().map(WorkClient::finish).toList()));
        for (WorkClient client : clients) {
            if (client.surprise() != null) {
                throw new AssertionError("a client saw what no fault explains", client.surprise());
            }
        }
    }

    /** Reads all that there may be, once more, and checks everything that was seen. */
    void check() {
        HistoryChecks.violationsButOfLeases(wholeHistory()).values().stream()
                .findFirst()
                .ifPresent(wrong -> {
                    throw wrong;
                });
    }

    /** What was seen, and what is there to be seen in the end. */
    List<Operation> wholeHistory() {
        FinalReads.read(vertx, address, areas(), history);
        return history.operations();
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(FINISH_MAX.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause().getMessage(), e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("no answer within " + FINISH_MAX, e);
        }
    }

    @Override
    public void close() {
        clients.forEach(WorkClient::finish);
    }
}
