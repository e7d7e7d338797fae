package dev.tandem.bench;

import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** From which store to which one. */
record MoveDirection(MoveStore from, MoveStore to) {
    static final List<MoveDirection> ALL = List.of(
            new MoveDirection(MoveStore.REDIS, MoveStore.NODES),
            new MoveDirection(MoveStore.SQLITE, MoveStore.NODES),
            new MoveDirection(MoveStore.NODES, MoveStore.REDIS),
            new MoveDirection(MoveStore.NODES, MoveStore.SQLITE),
            new MoveDirection(MoveStore.SQLITE, MoveStore.REDIS),
            new MoveDirection(MoveStore.REDIS, MoveStore.SQLITE));

    /** As it is written on the command line. */
    String label() {
        return from.label() + "-" + to.label();
    }

    /** Directions by their labels. */
    static final class Converter implements ITypeConverter<MoveDirection> {
        @Override
        public MoveDirection convert(String text) {
            return ALL.stream()
                    .filter(direction -> direction.label().equals(text))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("'" + text + "' is none of " + labels()));
        }

        private static String labels() {
            return ALL.stream().map(MoveDirection::label).collect(Collectors.joining(", "));
        }
    }
}
