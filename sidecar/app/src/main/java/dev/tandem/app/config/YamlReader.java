package dev.tandem.app.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Reads a YAML file into names and texts, each with its line.
 *
 * <p>Scalars are taken as they are written, so that one format reads files, variables and flags alike, and YAML's own
 * guesses at types don't matter.
 */
final class YamlReader {
    /** How deep keys are nested at most; deeper ones are reported as unknown. */
    private static final int DEPTH_MAX = 4;

    private final String file;
    private final Entries entries;
    private final Consumer<String> problems;
    private final Map<String, String> firstSeen = new HashMap<>();

    /** Takes what is found. */
    interface Entries {
        void found(String name, String value, String source);
    }

    private YamlReader(String file, Entries entries, Consumer<String> problems) {
        this.file = file;
        this.entries = entries;
        this.problems = problems;
    }

    static void read(String file, String text, Entries entries, Consumer<String> problems) {
        YamlReader reader = new YamlReader(file, entries, problems);
        try {
            LoadSettings settings = LoadSettings.builder()
                    .setLabel(file)
                    .setMaxAliasesForCollections(0)
                    .build();
            Optional<Node> root = new Compose(settings).composeString(text);
            if (root.isEmpty()) {
                return;
            }
            if (root.get() instanceof MappingNode mapping) {
                reader.mapping("", mapping, 1);
            } else {
                problems.accept(reader.at(root.get()) + ": must be keys and values, such as `listen: 127.0.0.1:7420`.");
            }
        } catch (MarkedYamlEngineException e) {
            String line =
                    e.getProblemMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
            problems.accept(file + line + ": not valid YAML: " + e.getProblem() + ".");
        } catch (YamlEngineException e) {
            problems.accept(file + ": not valid YAML: " + e.getMessage() + ".");
        }
    }

    private void mapping(String prefix, MappingNode mapping, int depth) {
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode keyNode)) {
                problems.accept(at(tuple.getKeyNode()) + ": a key must be a name.");
                continue;
            }
            String name = prefix + keyNode.getValue();
            Node value = tuple.getValueNode();
            if (value instanceof MappingNode inner && depth < DEPTH_MAX && isGroup(name)) {
                mapping(name + ".", inner, depth + 1);
            } else {
                value(name, keyNode, value);
            }
        }
    }

    private void value(String name, ScalarNode keyNode, Node value) {
        String source = at(keyNode);
        String first = firstSeen.putIfAbsent(name, source);
        if (first != null) {
            problems.accept(source + ": " + name + " was given before, at " + first + "; leave one out.");
        } else if (isGroup(name)) {
            problems.accept(source + ": " + name + " is a group of keys: write the key within it, such as "
                    + firstWithin(name) + ".");
        } else if (value instanceof SequenceNode list && isList(name)) {
            list(name, source, list);
        } else if (!(value instanceof ScalarNode scalar)) {
            if (isKey(name)) {
                problems.accept(source + ": " + name + " must be a single value, not a list or a group.");
            } else {
                entries.found(name, "", source); // which says that there is no such key
            }
        } else if (scalar.getTag().equals(Tag.NULL)) {
            problems.accept(source + ": " + name + " has no value; leave the key out for its default.");
        } else {
            entries.found(name, scalar.getValue(), source);
        }
    }

    private void list(String name, String source, SequenceNode list) {
        List<String> elements = new ArrayList<>();
        for (Node element : list.getValue()) {
            if (!(element instanceof ScalarNode scalar) || scalar.getTag().equals(Tag.NULL)) {
                problems.accept(at(element) + ": " + name + " must be a list of single values.");
                return;
            }
            elements.add(scalar.getValue());
        }
        entries.found(name, String.join("; ", elements), source);
    }

    private static boolean isList(String name) {
        return Keys.ALL.stream()
                .anyMatch(key -> key.name().equals(name) && key.format().isList());
    }

    private static boolean isKey(String name) {
        return Keys.ALL.stream().anyMatch(key -> key.name().equals(name));
    }

    /** Whether there are keys within this name. */
    private static boolean isGroup(String name) {
        return Keys.ALL.stream().anyMatch(key -> key.name().startsWith(name + "."));
    }

    private static String firstWithin(String group) {
        return Keys.ALL.stream()
                .<String>map(Key::name)
                .filter(name -> name.startsWith(group + "."))
                .findFirst()
                .orElse(group);
    }

    private String at(Node node) {
        Optional<Mark> mark = node.getStartMark();
        return mark.isPresent() ? file + ":" + (mark.get().getLine() + 1) : file;
    }
}
