package dev.tandem.testkit;

import dev.tandem.task.Bytes;
import dev.tandem.task.CommandCodec;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Progress;
import dev.tandem.task.RequestKey;
import dev.tandem.task.RetryPolicy;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskError;
import dev.tandem.task.TaskLease;
import dev.tandem.task.TaskMachine;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Clients and a store in one thread: calls begin, take effect and are answered in an order that a seed decides, so that
 * they overlap as much as the seed wants. Answers get lost; lost commands take effect late, or never.
 */
class SimulatedHistory {
    private static final String NAMESPACE = "default";
    private static final int CLIENTS = 5;

    final HistoryRecorder recorder = new HistoryRecorder();
    final ReferenceTable table;
    private final Random random;
    private final List<InFlight> inFlight = new ArrayList<>();
    private final List<InFlight> lost = new ArrayList<>();
    private final Task[] lastSeen = new Task[CLIENTS];
    private final LeaderLease[] lastLease = new LeaderLease[CLIENTS];
    private final TaskCommand[] toRepeat = new TaskCommand[CLIENTS];
    private long nowMillis = TestClock.START_MILLIS;
    private int requests;
    private int lostPercent = 8;

    /** One call on its way; {@code answer} is null until it took effect. */
    private static final class InFlight {
        final int client;
        final long ticket;
        final Operation.Call call;
        Operation.Answer answer;

        InFlight(int client, long ticket, Operation.Call call) {
            this.client = client;
            this.ticket = ticket;
            this.call = call;
        }
    }

    SimulatedHistory(long seed, ReferenceTable table) {
        this.random = new Random(seed);
        this.table = table;
    }

    /** How many of a hundred commands get no answer; some of these still take effect. */
    SimulatedHistory losing(int percent) {
        lostPercent = percent;
        return this;
    }

    /** What a command does and answers; tests of the checker spoil it. */
    Outcome execute(TaskCommand command) {
        return TaskMachine.execute(table, command);
    }

    /** What a read answers; tests of the checker spoil it. */
    Task read(String id) {
        return table.task(NAMESPACE, id);
    }

    List<Operation> run(int calls) {
        for (int begun = 0; begun < calls; ) {
            int client = random.nextInt(CLIENTS);
            InFlight call = inFlight.stream()
                    .filter(other -> other.client == client)
                    .findFirst()
                    .orElse(null);
            if (call == null) {
                begin(client);
                begun++;
            } else if (call.answer == null) {
                goOn(call);
            } else {
                end(call);
            }
            if (!lost.isEmpty() && random.nextInt(20) == 0) {
                takeEffect(lost.remove(random.nextInt(lost.size())));
            }
        }
        return recorder.operations();
    }

    private void begin(int client) {
        nowMillis += random.nextInt(3) == 0 ? random.nextInt(80) : 0;
        Operation.Call call = call(client);
        inFlight.add(new InFlight(client, recorder.begin(client, call), call));
    }

    private void goOn(InFlight call) {
        int dice = random.nextInt(100);
        if (call.call instanceof Operation.Command command && dice < lostPercent) {
            // No answer will come; the command may still be on its way.
            inFlight.remove(call);
            recorder.end(call.ticket, new Operation.Unknown());
            toRepeat[call.client] = command.command();
            if (dice < lostPercent * 5 / 8) {
                lost.add(call);
            }
        } else {
            takeEffect(call);
        }
    }

    private void takeEffect(InFlight call) {
        if (call.call instanceof Operation.Command command) {
            call.answer = new Operation.Came(execute(command.command()));
        } else if (call.call instanceof Operation.ReadTask get) {
            call.answer = new Operation.FoundTask(read(get.id()));
        } else {
            call.answer = new Operation.FoundLease(table.lease(NAMESPACE, ((Operation.ReadLease) call.call).scope()));
        }
    }

    private void end(InFlight call) {
        inFlight.remove(call);
        recorder.end(call.ticket, call.answer);
        if (call.answer instanceof Operation.Came came) {
            if (came.outcome() instanceof Outcome.Applied applied) {
                lastSeen[call.client] = applied.task();
            } else if (came.outcome() instanceof Outcome.Claimed claimed
                    && !claimed.tasks().isEmpty()) {
                lastSeen[call.client] = claimed.tasks().get(0);
            } else if (came.outcome() instanceof Outcome.Granted granted) {
                lastLease[call.client] = granted.lease();
            }
        } else if (call.answer instanceof Operation.FoundTask found && found.task() != null) {
            lastSeen[call.client] = found.task();
        }
    }

    private Operation.Call call(int client) {
        if (toRepeat[client] != null && random.nextInt(3) > 0) {
            TaskCommand again = toRepeat[client].withAtMillis(nowMillis);
            toRepeat[client] = null;
            if (again.request() != null) {
                return new Operation.Command(again);
            }
        }
        if (random.nextInt(100) < 20) {
            return random.nextInt(4) == 0
                    ? new Operation.ReadLease(NAMESPACE, "s")
                    : new Operation.ReadTask(NAMESPACE, id());
        }
        Verb verb = verb(client);
        RequestKey request = random.nextInt(100) < 40
                ? new RequestKey("r" + requests++, CommandCodec.bodyHash(verb), 1_000_000)
                : null;
        return new Operation.Command(new TaskCommand(NAMESPACE, nowMillis, request, verb));
    }

    private String id() {
        return "t" + random.nextInt(3);
    }

    private Verb verb(int client) {
        Task seen = lastSeen[client];
        String id = seen == null || random.nextInt(3) == 0 ? id() : seen.id();
        TaskLease lease = seen == null ? null : seen.lease();
        long token = lease == null || random.nextInt(5) == 0 ? 0 : lease.token();
        long version = seen == null || random.nextInt(2) == 0 ? 0 : seen.version();
        LeaderLease held = lastLease[client];
        return switch (random.nextInt(18)) {
            case 0, 1, 2 -> new Verb.Create(id, spec(), 0, random.nextInt(4) * 20L, Map.of());
            case 3, 4, 5 -> new Verb.Claim(List.of(Tasks.QUEUE), "w" + client, 100, 1 + random.nextInt(2));
            case 6 -> new Verb.Renew(id, token, 0, new Progress(random.nextInt(100), ""));
            case 7, 8 -> new Verb.Complete(id, token, Bytes.of(new byte[] {(byte) random.nextInt(9)}));
            case 9 -> new Verb.Fail(id, token, new TaskError("X", "" + random.nextInt(9)), false);
            case 10 -> new Verb.Release(id, token, random.nextInt(2) * 30L);
            case 11 ->
                Tasks.update(id).expecting(version).priority(random.nextInt(9)).verb();
            case 12 -> new Verb.Cancel(id, version, "");
            case 13 -> new Verb.Retry(id, version);
            case 14 -> new Verb.Delete(id, version);
            case 15 ->
                random.nextInt(4) == 0
                        ? new Verb.Prune(Set.of(TaskState.SUCCEEDED), nowMillis - 50, 1)
                        : new Verb.Sweep(2);
            case 16 ->
                held == null || random.nextBoolean()
                        ? new Verb.AcquireLease("s", "c" + client, 100)
                        : new Verb.RenewLease("s", held.token(), 0);
            default ->
                held == null || random.nextBoolean()
                        ? new Verb.AcquireLease("s", "c" + client, 100)
                        : new Verb.ReleaseLease("s", held.token());
        };
    }

    private TaskSpec spec() {
        return Tasks.spec()
                .withPriority(random.nextInt(9))
                .withRetry(new RetryPolicy(2, 20, 20, 1000))
                .withRetentionMillis(random.nextInt(2) * 500L + 100);
    }
}
