package dev.tandem.testkit;

import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One record's operations with unknown answers, in the order of their calls. */
final class LostOperations {
    private final List<Operation> operations;
    private final Map<String, BitSet> byRequest = new HashMap<>();
    private final int[] kinds;

    LostOperations(List<Operation> lost) {
        operations = lost.stream()
                .sorted(Comparator.comparingLong(Operation::invoked))
                .toList();
        kinds = new int[operations.size()];
        Map<Operation.Call, Integer> numbers = new HashMap<>();
        for (int i = 0; i < operations.size(); i++) {
            kinds[i] = kindOf(operations.get(i).call(), numbers);
            String request = requestId(i);
            if (request != null) {
                byRequest.computeIfAbsent(request, any -> new BitSet()).set(i);
            }
        }
    }

    private static int kindOf(Operation.Call call, Map<Operation.Call, Integer> numbers) {
        Integer known = numbers.putIfAbsent(call, numbers.size());
        return known == null ? numbers.size() - 1 : known;
    }

    int count() {
        return operations.size();
    }

    Operation operation(int number) {
        return operations.get(number);
    }

    @Nullable
    String requestId(int number) {
        return Answers.requestId(operations.get(number));
    }

    /** Lost operations that are equal here would do the same: of these, the first that is left serves for all. */
    int kind(int number) {
        return kinds[number];
    }

    /** Which have their place, or can have none any more, when this one takes its place: a request is applied once. */
    BitSet spentWith(int number) {
        String request = requestId(number);
        if (request != null) {
            return spentWith(request);
        }
        BitSet alone = new BitSet();
        alone.set(number);
        return alone;
    }

    BitSet spentWith(String request) {
        return byRequest.getOrDefault(request, new BitSet());
    }
}
