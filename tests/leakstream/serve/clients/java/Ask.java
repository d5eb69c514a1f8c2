import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Properties;

/** Asks the door as ClickHouse's JDBC driver does, and prints what came back, one line each: java Ask.java ADDRESS COMPRESS [USER PASSWORD]. */
public class Ask {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("compress", arguments[1]);
        if (arguments.length > 3) {
            properties.setProperty("user", arguments[2]);
            properties.setProperty("password", arguments[3]);
        }
        try (Connection connection = DriverManager.getConnection("jdbc:ch://" + arguments[0] + "/leakstream", properties)) {
            say("many", many(connection));
            say("prepared", prepared(connection));
            say("kinds", kinds(connection));
            say("columns", columns(connection));
            say("empty", empty(connection));
            for (String sql : new String[] {"SELECT * FROM nowhere", "SELEC 1", "DROP TABLE numbered"}) {
                say(sql, code(connection, sql));
            }
            say("insert", code(connection, "INSERT INTO numbered (number) VALUES (1)"));
        } catch (SQLException error) {
            say("connection", error.getErrorCode() + "");
        }
    }

    private static void say(String what, String found) {
        System.out.println(what + ": " + found);
    }

    private static String many(Connection connection) throws SQLException {
        long rows = 0, sum = 0;
        try (ResultSet found = connection.createStatement().executeQuery("SELECT number, toString(number) FROM numbers(200000)")) {
            while (found.next()) {
                rows++;
                sum += found.getLong(1) + found.getString(2).length();
            }
        }
        return rows + " " + sum;
    }

    private static String prepared(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT text, ? FROM numbered WHERE number = ?")) {
            statement.setString(1, "it's");
            statement.setInt(2, 7);
            ResultSet found = statement.executeQuery();
            found.next();
            return found.getString(1) + " " + found.getString(2);
        }
    }

    private static String kinds(Connection connection) throws SQLException {
        String sql = "SELECT toDateTime('2026-11-01 00:00:00', 'UTC'), ['a'], NULL::Nullable(Int32), 1.5, 18446744073709551615::UInt64";
        ResultSet found = connection.createStatement().executeQuery(sql);
        found.next();
        return found.getTimestamp(1).toInstant() + " " + found.getArray(2).getArray().getClass().getSimpleName() + " " + found.getObject(3) + " " + found.getDouble(4)
                + " " + found.getBigDecimal(5);
    }

    private static String columns(Connection connection) throws SQLException {
        StringBuilder names = new StringBuilder();
        ResultSet found = connection.getMetaData().getColumns(null, "leakstream", "numbered", "%");
        while (found.next()) {
            names.append(found.getString("COLUMN_NAME")).append(' ');
        }
        return names.toString().trim();
    }

    private static String empty(Connection connection) throws SQLException {
        ResultSet found = connection.createStatement().executeQuery("SELECT number FROM numbered WHERE 0");
        return found.next() + " " + found.getMetaData().getColumnName(1);
    }

    private static String code(Connection connection, String sql) {
        try {
            connection.createStatement().execute(sql);
            return "0";
        } catch (SQLException error) {
            return error.getErrorCode() + "";
        }
    }
}
