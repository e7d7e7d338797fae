package dev.tandem.testkit;

import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A history taken apart: what each task and each leader's lease saw of it. */
final class RecordHistories {
    private RecordHistories() {}

    /** The operations on each record, under "task namespace/id" or "lease namespace/scope". */
    static Map<String, List<Operation>> of(List<Operation> history) {
        Map<String, List<Operation>> records = new TreeMap<>();
        for (Operation operation : history) {
            String namespace = operation.call().namespace();
            if (operation.answer() instanceof Operation.Refused) {
                continue;
            }
            if (operation.call() instanceof Operation.ReadTask read && Answers.isKnown(operation)) {
                add(records, "task " + namespace + "/" + read.id(), operation);
            } else if (operation.call() instanceof Operation.ReadLease read && Answers.isKnown(operation)) {
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
        records.replaceAll((name, operations) -> withoutLoneRequests(operations));
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

    /**
     * The operations without the request ids that nobody asks about again. Of the attempts at a request to which no answer
     * ever came, the first stands for all: at most one of them took effect.
     */
    private static List<Operation> withoutLoneRequests(List<Operation> operations) {
        Map<String, Integer> times = new HashMap<>();
        Set<String> answered = new HashSet<>();
        Map<String, TaskCommand> first = new HashMap<>();
        Set<String> differ = new HashSet<>();
        for (Operation operation : operations) {
            String id = Answers.requestId(operation);
            if (id != null && operation.call() instanceof Operation.Command call) {
                times.merge(id, 1, Integer::sum);
                TaskCommand before = first.putIfAbsent(id, call.command());
                if (Answers.isKnown(operation)) {
                    answered.add(id);
                }
                if (before != null
                        && (!before.verb().equals(call.command().verb())
                                || before.atMillis() > call.command().atMillis())) {
                    differ.add(id);
                }
            }
        }
        Set<String> shown = new HashSet<>();
        List<Operation> without = new ArrayList<>();
        for (Operation operation : operations) {
            String id = Answers.requestId(operation);
            boolean isLost = id != null && !answered.contains(id) && !differ.contains(id);
            if (id != null && (isLost || times.getOrDefault(id, 0) == 1)) {
                if (shown.add(id)) {
                    without.add(withoutRequest(operation));
                }
            } else {
                without.add(operation);
            }
        }
        return without;
    }

    private static Operation withoutRequest(Operation operation) {
        TaskCommand command = ((Operation.Command) operation.call()).command();
        return new Operation(
                operation.client(),
                operation.invoked(),
                operation.returned(),
                new Operation.Command(new TaskCommand(command.namespace(), command.atMillis(), null, command.verb())),
                operation.answer());
    }

    /** A lost claim, and every prune: on each task of the namespace it may have had an effect, or not. */
    private static void addWhatMayHaveMetAny(Map<String, List<Operation>> records, List<Operation> history) {
        for (Operation operation : history) {
            if (!(operation.call() instanceof Operation.Command call)
                    || operation.answer() instanceof Operation.Refused) {
                continue;
            }
            Verb verb = call.command().verb();
            boolean lostClaim = verb instanceof Verb.Claim && !Answers.isKnown(operation);
            if (lostClaim || verb instanceof Verb.Prune) {
                Operation maybe = new Operation(
                        operation.client(),
                        operation.invoked(),
                        Operation.NEVER,
                        ofOneTask(operation.call()),
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

    /** The call as one task sees it: how many others a claim may take makes no difference to it. */
    private static Operation.Call ofOneTask(Operation.Call call) {
        if (call instanceof Operation.Command lost && lost.command().verb() instanceof Verb.Claim claim) {
            TaskCommand command = lost.command();
            Verb one = new Verb.Claim(claim.queues(), claim.workerId(), claim.leaseMillis(), 1);
            return new Operation.Command(command.withVerb(one));
        }
        return call;
    }
}
