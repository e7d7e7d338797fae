package dev.tandem.testkit;

import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Checks a history against the rules: is there one order of all operations, each between its call and its answer, in
 * which every answer is right?
 *
 * <p>Each task and each leader's lease is checked by itself, which is sound and complete because linearizability is local
 * (Herlihy and Wing 1990), as long as operations on several tasks are seen as one operation on each: a claim or a list is
 * checked for each task that it returned. So what is not checked is that a claim took the best tasks, or all that it
 * could, or several in one instant. A lost claim or prune may have met any task of its namespace.
 *
 * <p>Times and versions are taken from the answers: they must rise for each record, leases must not overlap, and tokens
 * are versions. A rejection that only time can explain (such as a lost lease) is believed.
 *
 * <p>A history starts with an empty store, and is shorter than requests and tombstones are kept.
 */
public final class LinearizabilityChecker {
    /** The most places that the search tries for one record. */
    public static final int PLACES_MAX = 1_000_000;

    private static final int SHOWN_MAX = 12;
    private static final int BEGINNING_FIRST = 16;

    private LinearizabilityChecker() {}

    /**
     * Checks a history.
     *
     * @return what is wrong with it, for people; empty if it is linearizable
     */
    public static Optional<String> check(List<Operation> history) {
        long latest = latestMillis(history);
        for (Map.Entry<String, List<Operation>> record : byRecord(history).entrySet()) {
            List<Operation> operations = withoutLoneRequests(record.getValue());
            String namespace = operations.get(0).call().namespace();
            boolean isTask = record.getKey().startsWith("task ");
            Optional<String> wrong = isTask
                    ? check(record.getKey(), new TaskHistoryModel(namespace, latest), operations)
                    : check(record.getKey(), new LeaseHistoryModel(namespace, latest), operations);
            if (wrong.isPresent()) {
                return wrong;
            }
        }
        return Optional.empty();
    }

    /**
     * Checks ever longer beginnings of the history: if a history is linearizable each of its beginnings is, and a short
     * one that is wrong is much quicker to see through than a long one. The first answer that can't be right is then
     * found by halving.
     */
    private static <S> Optional<String> check(String name, HistoryModel<S> model, List<Operation> operations) {
        List<Operation> answered = operations.stream()
                .filter(LinearizationSearch::isKnown)
                .sorted(Comparator.comparingLong(Operation::returned))
                .toList();
        int good = 0;
        int bad = 0;
        while (good < answered.size() && bad == 0) {
            int length = Math.min(answered.size(), Math.max(BEGINNING_FIRST, 2 * good));
            switch (search(model, operations, answered, length).run()) {
                case LINEARIZABLE -> good = length;
                case NOT_LINEARIZABLE -> bad = length;
                case GAVE_UP -> {
                    return Optional.of(name + ": undecided after " + PLACES_MAX + " places; check a shorter history");
                }
            }
        }
        if (bad == 0) {
            return Optional.empty();
        }
        while (bad - good > 1) {
            int middle = (good + bad) / 2;
            if (search(model, operations, answered, middle).run() == LinearizationSearch.Verdict.NOT_LINEARIZABLE) {
                bad = middle;
            } else {
                good = middle;
            }
        }
        return Optional.of(explain(name, answered.get(bad - 1), search(model, operations, answered, bad)));
    }

    private static <S> LinearizationSearch<S> search(
            HistoryModel<S> model, List<Operation> operations, List<Operation> answered, int length) {
        return new LinearizationSearch<>(
                model, until(operations, answered.get(length - 1).returned()), PLACES_MAX);
    }

    private static <S> String explain(String name, Operation wrong, LinearizationSearch<S> search) {
        search.run();
        StringBuilder text =
                new StringBuilder("not linearizable: ").append(name).append('\n');
        text.append("the first answer that can't be right is\n");
        describe(text, wrong);
        text.append("the operations around it, oldest first\n");
        List<Operation> operations = search.operations();
        operations.stream()
                .skip(Math.max(0, operations.size() - SHOWN_MAX))
                .forEach(operation -> describe(text, operation));
        text.append("where the search got farthest, these had no place\n");
        search.withoutPlace().stream().limit(SHOWN_MAX).forEach(operation -> describe(text, operation));
        text.append("and the record was\n");
        search.statesAtDeepest()
                .forEach(state -> text.append("  ").append(state).append('\n'));
        return text.toString();
    }

    private static List<Operation> until(List<Operation> operations, long time) {
        return operations.stream()
                .filter(operation -> operation.invoked() <= time)
                .map(operation -> operation.returned() <= time
                        ? operation
                        : new Operation(
                                operation.client(),
                                operation.invoked(),
                                Operation.NEVER,
                                operation.call(),
                                new Operation.Unknown()))
                .toList();
    }

    private static void describe(StringBuilder text, Operation operation) {
        text.append("  client ").append(operation.client());
        text.append(" [").append(operation.invoked()).append(", ");
        text.append(operation.returned() == Operation.NEVER ? "never" : operation.returned());
        text.append("] ")
                .append(operation.call())
                .append("\n      -> ")
                .append(operation.answer())
                .append('\n');
    }

    private static Map<String, List<Operation>> byRecord(List<Operation> history) {
        Map<String, List<Operation>> records = new TreeMap<>();
        for (Operation operation : history) {
            String namespace = operation.call().namespace();
            if (operation.answer() instanceof Operation.Refused) {
                continue;
            }
            if (operation.call() instanceof Operation.ReadTask read && LinearizationSearch.isKnown(operation)) {
                add(records, "task " + namespace + "/" + read.id(), operation);
            } else if (operation.call() instanceof Operation.ReadLease read && LinearizationSearch.isKnown(operation)) {
                add(records, "lease " + namespace + "/" + read.scope(), operation);
            } else if (operation.call() instanceof Operation.Command call) {
                Verb verb = call.command().verb();
                if (verb instanceof Verb.OnTask onTask) {
                    add(records, "task " + namespace + "/" + onTask.taskId(), operation);
                } else if (verb instanceof Verb.OnLease onLease) {
                    add(records, "lease " + namespace + "/" + onLease.scope(), operation);
                } else if (verb instanceof Verb.Claim
                        && operation.answer() instanceof Operation.Came came
                        && came.outcome() instanceof Outcome.Claimed claimed) {
                    addClaims(records, namespace, operation, claimed);
                }
            }
        }
        addWhatMayHaveMetAny(records, history);
        return records;
    }

    private static void add(Map<String, List<Operation>> records, String name, Operation operation) {
        records.computeIfAbsent(name, any -> new ArrayList<>()).add(operation);
    }

    private static void addClaims(
            Map<String, List<Operation>> records, String namespace, Operation operation, Outcome.Claimed claimed) {
        for (Task task : claimed.tasks()) {
            Operation.Answer one = new Operation.Came(new Outcome.Claimed(List.of(task), claimed.nextDueAtMillis()));
            add(
                    records,
                    "task " + namespace + "/" + task.id(),
                    new Operation(
                            operation.client(), operation.invoked(), operation.returned(), operation.call(), one));
        }
    }

    /** Requests that never came again, without their ids: what is not asked about need not be remembered. */
    private static List<Operation> withoutLoneRequests(List<Operation> operations) {
        Map<String, Integer> times = new HashMap<>();
        for (Operation operation : operations) {
            if (operation.call() instanceof Operation.Command call
                    && call.command().request() != null) {
                times.merge(call.command().request().id(), 1, Integer::sum);
            }
        }
        return operations.stream()
                .map(operation -> {
                    if (!(operation.call() instanceof Operation.Command call)) {
                        return operation;
                    }
                    TaskCommand command = call.command();
                    if (command.request() == null
                            || times.getOrDefault(command.request().id(), 0) > 1) {
                        return operation;
                    }
                    return new Operation(
                            operation.client(),
                            operation.invoked(),
                            operation.returned(),
                            new Operation.Command(
                                    new TaskCommand(command.namespace(), command.atMillis(), null, command.verb())),
                            operation.answer());
                })
                .toList();
    }

    /** A lost claim, and every prune: on each task of the namespace it may have had an effect, or not. */
    private static void addWhatMayHaveMetAny(Map<String, List<Operation>> records, List<Operation> history) {
        for (Operation operation : history) {
            if (!(operation.call() instanceof Operation.Command call)
                    || operation.answer() instanceof Operation.Refused) {
                continue;
            }
            Verb verb = call.command().verb();
            boolean lostClaim = verb instanceof Verb.Claim && !LinearizationSearch.isKnown(operation);
            if (lostClaim || verb instanceof Verb.Prune) {
                Operation maybe = new Operation(
                        operation.client(),
                        operation.invoked(),
                        Operation.NEVER,
                        operation.call(),
                        new Operation.Unknown());
                String prefix = "task " + call.namespace() + "/";
                for (String name : new TreeSet<>(records.keySet())) {
                    if (name.startsWith(prefix)) {
                        add(records, name, maybe);
                    }
                }
            }
        }
    }

    /** No time of the history is after this: leases and retentions that end later have not ended in it. */
    private static long latestMillis(List<Operation> history) {
        long latest = 0;
        for (Operation operation : history) {
            if (operation.call() instanceof Operation.Command call) {
                TaskCommand command = call.command();
                latest = Math.max(latest, command.atMillis());
            }
            if (operation.answer() instanceof Operation.FoundTask found && found.task() != null) {
                latest = Math.max(latest, found.task().updatedAtMillis());
            } else if (operation.answer() instanceof Operation.FoundLease found && found.lease() != null) {
                latest = Math.max(latest, grantedAt(found.lease()));
            } else if (operation.answer() instanceof Operation.Came came) {
                latest = Math.max(latest, timeOf(came.outcome()));
            }
        }
        return latest;
    }

    private static long timeOf(Outcome outcome) {
        if (outcome instanceof Outcome.Applied applied) {
            return applied.task().updatedAtMillis();
        } else if (outcome instanceof Outcome.Unchanged unchanged) {
            return unchanged.task().updatedAtMillis();
        } else if (outcome instanceof Outcome.Granted granted) {
            return grantedAt(granted.lease());
        } else if (outcome instanceof Outcome.Claimed claimed) {
            return claimed.tasks().stream()
                    .mapToLong(Task::updatedAtMillis)
                    .max()
                    .orElse(0);
        }
        return 0;
    }

    private static long grantedAt(LeaderLease lease) {
        return lease.holder().isEmpty() ? lease.expiresAtMillis() : lease.expiresAtMillis() - lease.durationMillis();
    }
}
