-- 1. Put the files into the lake
-- $ tarn lake put bike-rentals.csv weather-forecast.csv files/data/
-- $ tarn lake ls files/data/
GO
-- 2. Look at a file where it lies
SELECT TOP 5 *
FROM OPENROWSET(BULK 'files/data/bike-rentals.csv', FORMAT = 'CSV', PARSER_VERSION = '2.0', HEADER_ROW = TRUE) AS r
GO
-- 3. How does the weather change the demand?
SELECT weathersit AS weather, COUNT(*) AS days, AVG(rentals) AS rentals
FROM OPENROWSET(BULK 'files/data/bike-rentals.csv', FORMAT = 'CSV', PARSER_VERSION = '2.0', HEADER_ROW = TRUE)
     WITH (weathersit varchar(30), rentals int) AS r
GROUP BY weathersit
ORDER BY rentals DESC
GO
-- 4. Make a table of it
CREATE TABLE dbo.bike_data
AS
SELECT *
FROM OPENROWSET(BULK 'files/data/bike-rentals.csv', FORMAT = 'CSV', PARSER_VERSION = '2.0', HEADER_ROW = TRUE)
     WITH (season int, mnth varchar(5), holiday int, weekday int, workingday int, weathersit varchar(30),
           temp float, atemp float, hum float, windspeed float, rentals int) AS r
GO
-- 5. Train for twenty seconds, and register the best model
-- $ tarn job create -f automl.yml --wait
GO
-- 6. Load the days to predict for
CREATE TABLE dbo.weather_forecast
(
    season int, mnth varchar(5), holiday int, weekday int, workingday int, weathersit varchar(30),
    temp float, atemp float, hum float, windspeed float
)
COPY INTO dbo.weather_forecast
FROM 'files/data/weather-forecast.csv'
WITH (FILE_TYPE = 'CSV', FIRSTROW = 2)
GO
-- 7. Put the model into the database, and predict there
-- $ tarn model deploy-sql rental-prediction-model --procedure dbo.predict_rentals --table dbo.rental_prediction_model --data dbo.weather_forecast --run
GO
-- 8. Predict straight from the registry, next to what was observed
SELECT d.weathersit AS weather, AVG(o.rentals) AS observed, AVG(p.variable_out1) AS predicted
FROM PREDICT(MODEL = 'models:/rental-prediction-model/1', DATA = dbo.weather_forecast AS d, RUNTIME = ONNX)
     WITH (variable_out1 real) AS p
JOIN dbo.bike_data AS o ON o.mnth = d.mnth AND o.weathersit = d.weathersit
GROUP BY d.weathersit
GO
