package dev.tandem.robustness;

import dev.tandem.client.ClientOptions;
import dev.tandem.client.TandemClient;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskLease;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import dev.tandem.testkit.HistoryRecorder;
import dev.tandem.testkit.Operation;
import dev.tandem.testkit.Operation.Answer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One simulated application: it makes one random request after the other, repeats what may have been applied under the same
 * request id, and has every attempt written down. Owned by its own context.
 */
final class WorkClient extends VerticleBase {
    private static final long BACKOFF_MILLIS = 20;
    private static final long BACKOFF_MILLIS_MAX = 200;
    private static final int ATTEMPTS_MAX = 400;
    private static final int HELD_MAX = 16;
    private static final List<TaskState> STATES = List.of(TaskState.values());

    private final int number;
    private final Random random;
    private final ClientOptions options;
    private final Duration deadline;
    private final Supplier<Area> areas;
    private final HistoryRecorder history;
    private final Progress progress;
    private final Defect defect;
    private final Promise<Void> ended = Promise.promise();

    /** Claims as they were answered, the newest first: some are over by now, which is as it should be. */
    private final Deque<Claim> held = new ArrayDeque<>();

    private @Nullable LeaderLease led;
    private @Nullable Area ledIn;
    private @Nullable TandemClient client;
    private long requests;
    private long retryMillis;
    private boolean stopping;

    /** Set by whatever went wrong in a way that no fault explains. */
    private volatile @Nullable Throwable surprise;

    private record Claim(Area area, String id, long token) {}

    WorkClient(
            int number,
            long seed,
            ClientOptions options,
            Duration deadline,
            Supplier<Area> areas,
            HistoryRecorder history,
            Progress progress,
            Defect defect) {
        this.number = number;
        this.random = new Random(seed);
        this.options = options;
        this.deadline = deadline;
        this.areas = areas;
        this.history = history;
        this.progress = progress;
        this.defect = defect;
    }

    @Override
    public Future<?> start() {
        client = TandemClient.connect(vertx, options);
        context.runOnContext(go -> next());
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return client.shutdown();
    }

    /** Begins nothing new; completes when what is under way has its answer, as far as one comes. */
    Future<Void> finish() {
        context.runOnContext(go -> stopping = true);
        return ended.future();
    }

    @Nullable
    Throwable surprise() {
        return surprise;
    }

    private void next() {
        if (stopping) {
            ended.tryComplete();
            return;
        }
        Request request = pick(areas.get());
        attempt(request, 1, false);
    }

    private void attempt(Request request, int attempt, boolean isUncertain) {
        long ticket = history.begin(number, request.call());
        request.send()
                .to(client.tasks(deadline), client.leases(deadline))
                .<Answer>map(answer -> answer)
                .otherwise(failure -> {
                    progress.add(Answers.reason(failure));
                    retryMillis = Answers.retryMillis(failure);
                    return Answers.of(failure, request.isRead());
                })
                .map(answer -> defect.told(request.call(), answer))
                .onComplete(answer -> answered(request, attempt, isUncertain, ticket, answer), failure -> {
                    surprise = failure;
                    progress.add("surprise");
                    ended.tryComplete();
                });
    }

    private void answered(Request request, int attempt, boolean isUncertain, long ticket, Answer answer) {
        boolean isUnknown = answer instanceof Operation.Unknown;
        if (!isUnknown) {
            history.end(ticket, answer);
        }
        boolean isDefinite = !isUnknown && !(answer instanceof Operation.Refused);
        if (isDefinite) {
            note(request, answer);
            boolean isRejected =
                    answer instanceof Operation.Came came && !came.outcome().succeeded();
            progress.add(isRejected ? Progress.REJECTED : Progress.ACKNOWLEDGED);
            context.runOnContext(go -> next());
            return;
        }
        // An answer that was lost once is given up now and then; a request that was never applied is no loss.
        boolean goesOn = (isUncertain || isUnknown) && attempt < ATTEMPTS_MAX && (attempt > 1 || random.nextInt(5) > 0);
        long wait = Math.max(retryMillis, Math.min(BACKOFF_MILLIS_MAX, BACKOFF_MILLIS * attempt));
        vertx.setTimer(wait, now -> {
            if (goesOn) {
                attempt(request, attempt + 1, true);
            } else {
                next();
            }
        });
    }

    private void note(Request request, Answer answer) {
        if (!(answer instanceof Operation.Came came)) {
            return;
        }
        if (came.outcome() instanceof Outcome.Claimed claimed) {
            for (Task task : claimed.tasks()) {
                TaskLease lease = task.lease();
                if (lease != null) {
                    held.addFirst(new Claim(request.area(), task.id(), lease.token()));
                }
            }
            while (held.size() > HELD_MAX) {
                held.removeLast();
            }
        } else if (came.outcome() instanceof Outcome.Granted granted) {
            led = granted.lease().holder().isEmpty() ? null : granted.lease();
            ledIn = request.area();
        } else if (request.call() instanceof Operation.Command command && isOnLease(command.command())) {
            led = null;
        }
    }

    private static boolean isOnLease(TaskCommand command) {
        return command.verb() instanceof Verb.OnLease;
    }

    private Request pick(Area area) {
        String id = area.anyTask(random);
        String request = "c" + number + "-" + ++requests;
        int choice = random.nextInt(100);
        if (choice < 16) {
            return Request.get(area, id);
        } else if (choice < 36) {
            long keep = random.nextInt(10) == 0 ? 0 : 3_600_000;
            return Request.create(area, id, request, "p" + request, random.nextInt(4) == 0 ? 30 : 0, keep);
        } else if (choice < 44) {
            return Request.update(area, id, request, anyVersion(), random.nextInt(10));
        } else if (choice < 51) {
            return Request.delete(area, id, request, anyVersion());
        } else if (choice < 55) {
            return Request.cancel(area, id, request, anyVersion());
        } else if (choice < 59) {
            return Request.retry(area, id, request);
        } else if (choice < 66) {
            return onLeader(area, request);
        } else if (area.hasClaims()) {
            return onClaim(area, request, choice);
        }
        return Request.transition(area, id, request, anyVersion(), STATES.get(random.nextInt(STATES.size())));
    }

    /** Mostly none in particular, sometimes one that is wrong or long gone. */
    private long anyVersion() {
        return random.nextInt(8) == 0 ? 1 + random.nextInt(200) : 0;
    }

    private Request onLeader(Area area, String request) {
        LeaderLease lease = led;
        Area in = ledIn;
        if (lease == null || in == null || random.nextInt(3) == 0) {
            return Request.acquire(area, "s" + random.nextInt(2), "h" + number, request);
        }
        return random.nextInt(4) == 0
                ? Request.releaseLeader(in, lease, request)
                : Request.renewLeader(in, lease, request);
    }

    private Request onClaim(Area area, String request, int choice) {
        Claim claim = choice < 80 ? null : anyClaim();
        if (claim == null) {
            return Request.claim(area, "w" + number, request, 1 + random.nextInt(2), random.nextInt(4) == 0 ? 50 : 0);
        } else if (choice < 84) {
            return Request.renew(claim.area(), claim.id(), request, claim.token(), random.nextInt(101));
        } else if (choice < 92) {
            return Request.complete(claim.area(), claim.id(), request, claim.token());
        } else if (choice < 97) {
            return Request.fail(claim.area(), claim.id(), request, claim.token(), random.nextInt(3) == 0);
        }
        return Request.release(claim.area(), claim.id(), request, claim.token());
    }

    /** The newest, or now and then an old one. */
    private @Nullable Claim anyClaim() {
        if (held.isEmpty()) {
            return null;
        }
        Iterator<Claim> claims = held.iterator();
        Claim claim = claims.next();
        for (int skip = random.nextInt(3) == 0 ? random.nextInt(held.size()) : 0; skip > 0; skip--) {
            claim = claims.next();
        }
        return claim;
    }
}
