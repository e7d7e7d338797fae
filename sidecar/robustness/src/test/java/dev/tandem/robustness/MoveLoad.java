package dev.tandem.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.TaskStore;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.HistoryRecorder;
import dev.tandem.testkit.LinearizabilityChecker;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Clients of several sidecars that work on one namespace, with all that they saw. Safe for use by several threads. */
final class MoveLoad {
    private static final Duration PROGRESS_MAX = Duration.ofSeconds(30);
    private static final String ANSWERED = "answered";

    /** The most calls that are made until a test asks for more, however long a step takes: the history has a bound. */
    private static final int CALLS_AHEAD_MAX = 800;

    private static final int FAILURES_SHOWN_MAX = 10;

    private record Call(long begun, long ended, boolean isWrite) {}

    private final HistoryRecorder recorder = new HistoryRecorder();
    private final Progress progress = new Progress();
    private final List<MoveClient> clients = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final List<Runnable> parked = new ArrayList<>();
    private long callsLeft;

    /** @param clientsEach how many clients each sidecar has */
    MoveLoad(Vertx vertx, String namespace, List<? extends TaskStore> sidecars, int clientsEach, long seed) {
        for (int i = 0; i < clientsEach * sidecars.size(); i++) {
            TaskStore sidecar = sidecars.get(i % sidecars.size());
            clients.add(new MoveClient(
                    i,
                    namespace,
                    recorder.client(i, sidecar),
                    ((VertxInternal) vertx).createEventLoopContext(),
                    seed,
                    this));
        }
    }

    void start() {
        allow(CALLS_AHEAD_MAX);
        clients.forEach(MoveClient::start);
    }

    /** Returns when all calls are answered. */
    void stop() {
        allow(Long.MAX_VALUE / 2);
        StoreCalls.await(Future.join(clients.stream().map(MoveClient::stop).toList()));
    }

    private void allow(long more) {
        List<Runnable> going;
        synchronized (parked) {
            callsLeft = more;
            going = List.copyOf(parked);
            parked.clear();
        }
        going.forEach(Runnable::run);
    }

    /** Whether a client may make a call now; if not, {@code again} is run when it is to ask again. */
    boolean mayCall(Runnable again) {
        synchronized (parked) {
            if (callsLeft == 0) {
                parked.add(again);
                return false;
            }
            callsLeft--;
            return true;
        }
    }

    void answered(int client, @Nullable TaskCommand command, long begun, @Nullable Throwable failure) {
        Call call = new Call(begun, System.nanoTime(), command != null && !(command.verb() instanceof Verb.Sweep));
        synchronized (calls) {
            calls.add(call);
            if (failure != null && failures.size() < FAILURES_SHOWN_MAX) {
                failures.add("client " + client + ", " + (command == null ? "a read" : command) + ": " + failure);
            }
        }
        progress.add(ANSWERED);
    }

    /** Waits until so many more calls are answered. */
    void awaitMore(int count) {
        allow(CALLS_AHEAD_MAX);
        progress.awaitMore(ANSWERED, count, PROGRESS_MAX);
    }

    long answered() {
        return progress.count(ANSWERED);
    }

    /** Of the calls that change something and were under way in this time of {@link System#nanoTime}, the one that took longest. */
    String longestWrite(long fromNanos, long toNanos) {
        synchronized (calls) {
            return calls.stream()
                    .filter(call -> call.isWrite() && call.ended() - fromNanos >= 0 && call.begun() - toNanos <= 0)
                    .max(Comparator.comparingLong(call -> call.ended() - call.begun()))
                    .map(call -> String.format(
                            "%.1f ms (from %.1f ms after its begin to %.1f ms after its end)",
                            (call.ended() - call.begun()) / 1e6,
                            (call.begun() - fromNanos) / 1e6,
                            (call.ended() - toNanos) / 1e6))
                    .orElse("none");
        }
    }

    /** The tasks that were deleted and that nobody creates again. Once it has stopped. */
    Set<String> deleted() {
        Set<String> all = new TreeSet<>();
        clients.forEach(client -> all.addAll(client.deleted()));
        return all;
    }

    /** Fails if a call has failed, or if the answers can't be those of one store. Once it has stopped. */
    void check() {
        synchronized (calls) {
            assertThat(failures).as("failed calls, where nothing else fails").isEmpty();
        }
        assertThat(LinearizabilityChecker.check(recorder.operations())).isEmpty();
    }
}
