import { cardFrom, toLatin } from '@ruslo/identity';
import type { City } from './brand.ts';
import type { Chance } from './random.ts';

/** Popular first, by generations: the older half of the customers carries the names of their own time. */
const men = {
  young: ['Александр', 'Максим', 'Дмитрий', 'Артём', 'Иван', 'Михаил', 'Даниил', 'Егор', 'Никита', 'Кирилл', 'Андрей', 'Илья', 'Тимур', 'Роман', 'Булат', 'Матвей', 'Марк', 'Арсений', 'Глеб', 'Фёдор', 'Семён', 'Пётр', 'Камиль'],
  old: ['Сергей', 'Александр', 'Владимир', 'Андрей', 'Алексей', 'Николай', 'Михаил', 'Евгений', 'Виктор', 'Олег', 'Игорь', 'Юрий', 'Павел', 'Анатолий', 'Рустам', 'Ильдар', 'Марат', 'Вячеслав', 'Геннадий', 'Борис', 'Валерий', 'Леонид', 'Пётр', 'Фёдор'],
}; // prettier-ignore
const women = {
  young: ['Анастасия', 'Мария', 'Анна', 'Дарья', 'Екатерина', 'Полина', 'Виктория', 'Елизавета', 'Ксения', 'Алина', 'Софья', 'Вероника', 'Диана', 'Алёна', 'Камила', 'Юлия', 'Валерия', 'Варвара', 'Регина', 'Азалия', 'Кира', 'Алиса'],
  old: ['Елена', 'Ольга', 'Татьяна', 'Наталья', 'Ирина', 'Светлана', 'Людмила', 'Галина', 'Марина', 'Надежда', 'Валентина', 'Лариса', 'Гульнара', 'Любовь', 'Оксана', 'Нина', 'Альбина', 'Вера', 'Алла', 'Розалия', 'Тамара', 'Зоя'],
}; // prettier-ignore
const surnames = ['Иванов', 'Смирнов', 'Кузнецов', 'Петров', 'Соколов', 'Попов', 'Хасанов', 'Волков', 'Морозов', 'Гарипов', 'Новиков', 'Фёдоров', 'Козлов', 'Лебедев', 'Семёнов', 'Егоров', 'Павлов', 'Сафин', 'Степанов', 'Николаев', 'Орлов', 'Андреев', 'Макаров', 'Никитин', 'Захаров', 'Зайцев', 'Соловьёв', 'Борисов', 'Яковлев', 'Галиев', 'Григорьев', 'Романов', 'Воробьёв', 'Сергеев', 'Кузьмин', 'Фролов', 'Александров', 'Дмитриев', 'Королёв', 'Гусев', 'Киселёв', 'Ильин', 'Максимов', 'Поляков', 'Сорокин', 'Виноградов', 'Ковалёв', 'Белов', 'Медведев', 'Антонов', 'Тарасов', 'Жуков', 'Баранов', 'Филиппов', 'Комаров', 'Давыдов', 'Беляев', 'Герасимов', 'Богданов', 'Осипов', 'Сидоров', 'Матвеев', 'Титов', 'Марков', 'Миронов', 'Крылов', 'Куликов', 'Карпов', 'Власов', 'Мельников', 'Денисов', 'Гаврилов', 'Тихонов', 'Казаков', 'Афанасьев', 'Данилов', 'Савельев', 'Тимофеев', 'Фомин', 'Чернов', 'Абрамов', 'Мартынов', 'Ефимов', 'Федотов', 'Щербаков', 'Назаров', 'Калинин', 'Исаев', 'Чернышёв', 'Быков', 'Маслов', 'Родионов', 'Коновалов', 'Лазарев', 'Воронин', 'Климов', 'Филатов', 'Пономарёв', 'Голубев', 'Кудрявцев', 'Прохоров', 'Наумов', 'Потапов', 'Журавлёв', 'Овчинников', 'Трофимов', 'Леонов', 'Соболев', 'Ермаков', 'Колесников', 'Гончаров', 'Емельянов', 'Никифоров', 'Грачёв', 'Котов', 'Гришин', 'Ефремов', 'Архипов', 'Громов', 'Кириллов', 'Малышев', 'Панов', 'Моисеев', 'Румянцев', 'Акимов', 'Кондратьев', 'Бирюков', 'Горбунов', 'Анисимов', 'Ерёмин', 'Тихомиров', 'Галкин', 'Лукьянов', 'Михеев', 'Скворцов', 'Юдин', 'Белоусов', 'Нестеров', 'Симонов', 'Прокофьев', 'Харитонов', 'Князев', 'Цветков', 'Левин', 'Митрофанов', 'Воронов', 'Аксёнов', 'Софронов', 'Мальцев', 'Логинов', 'Горшков', 'Савин', 'Краснов', 'Майоров', 'Демидов', 'Елисеев', 'Рыбаков', 'Сафонов', 'Плотников', 'Демин', 'Хохлов', 'Фадеев', 'Молчанов', 'Игнатов', 'Литвинов', 'Ершов', 'Ушаков', 'Дементьев', 'Рябов', 'Мухин', 'Калашников', 'Леонтьев', 'Лобанов', 'Кузин', 'Корнеев', 'Евдокимов', 'Бородин', 'Платонов', 'Некрасов', 'Балашов', 'Бобров', 'Жданов', 'Блинов', 'Игнатьев', 'Коротков', 'Муравьёв', 'Крюков', 'Беляков', 'Богомолов', 'Дроздов', 'Лавров', 'Зуев', 'Петухов', 'Ларин', 'Никулин', 'Серов', 'Терентьев', 'Зотов', 'Устинов', 'Фокин', 'Самойлов', 'Константинов', 'Сахаров', 'Шишкин', 'Самсонов', 'Черкасов', 'Чистяков', 'Носов', 'Спиридонов', 'Карасёв', 'Авдеев', 'Воронцов', 'Зверев', 'Владимиров', 'Селезнёв', 'Нечаев', 'Кудряшов', 'Седов', 'Фирсов', 'Андрианов', 'Панфилов', 'Головин', 'Терехов', 'Ульянов', 'Шестаков', 'Агеев', 'Никонов', 'Селиванов', 'Баженов', 'Гордеев', 'Кожевников', 'Пахомов', 'Зимин', 'Костин', 'Широков', 'Филимонов', 'Ларионов', 'Овсянников', 'Сазонов', 'Суворов', 'Нефёдов', 'Корнилов', 'Любимов', 'Львов', 'Горбачёв', 'Копылов', 'Лукин', 'Токарев', 'Кулешов', 'Шилов', 'Большаков', 'Панкратов', 'Родин', 'Шаповалов', 'Покровский', 'Бочаров', 'Никольский', 'Маркин', 'Горелов', 'Агафонов', 'Березин', 'Ермолаев', 'Зубков', 'Куприянов', 'Трифонов', 'Масленников', 'Круглов', 'Третьяков', 'Колосов', 'Рожков', 'Артамонов', 'Шмелёв', 'Лаптев', 'Лапшин', 'Федосеев', 'Зиновьев', 'Зорин', 'Уткин', 'Столяров', 'Зубов', 'Ткачёв', 'Дорофеев', 'Антипов', 'Завьялов', 'Свиридов', 'Золотарёв', 'Кулаков', 'Мещеряков', 'Макеев', 'Дьяконов', 'Гуляев', 'Петровский', 'Бондарев', 'Поздняков', 'Панфилов', 'Кочетков', 'Суханов', 'Рыжов', 'Старостин', 'Калмыков', 'Колесов', 'Золотов', 'Кравцов', 'Субботин', 'Шубин', 'Щукин', 'Лосев', 'Винокуров', 'Лапин', 'Парфёнов', 'Исаков', 'Голованов', 'Коровин', 'Ростов', 'Артемов', 'Козырев', 'Русаков', 'Алёшин', 'Крючков', 'Булгаков', 'Кошелев', 'Сычёв', 'Синицын', 'Чёрный', 'Толстой', 'Вишневский', 'Шевченко', 'Ткаченко', 'Бондаренко']; // prettier-ignore

const mailDomains = ['pochta.example', 'mail.example', 'box.example', 'inbox.example'];
// Codes of Russian mobile numbers that are given to no operator, so that nobody real can be called.
const phoneCodes = ['943', '944', '945', '946', '947', '948', '972', '973', '975', '976'];

export type Person = {
  index: number;
  gender: 'f' | 'm';
  first: string;
  middle: string;
  last: string;
  birthDate: string;
  city: City;
  phone: string;
  email: string | undefined;
  card: string | undefined;
  /** Registered on the site or in the app. */
  userId: string | undefined;
  telegram: string | undefined;
};

const digits = (value: number, length: number): string => String(value).padStart(length, '0');

/** A person of the demo. Phone, card and ids follow from the index, so a million of them never clash. */
export function makePerson(chance: Chance, index: number, year: number): Person {
  const gender = chance.chance(0.56) ? 'f' : 'm';
  const age = Math.round(18 + 55 * (chance.next() + chance.next()) / 2 + chance.below(8)); // prettier-ignore
  const era = age < 38 ? 'young' : 'old';
  const first = chance.pickPopular((gender === 'f' ? women : men)[era]);
  const middle = patronymic(chance.pickPopular(chance.chance(0.7) ? men.old : men.young), gender);
  const root = chance.pickPopular(surnames);
  const birthYear = year - age;
  const last = gender === 'f' ? feminine(root) : root;
  const mark = chance.below(3) === 0 ? '' : digits(birthYear % 100, 2);
  const local = `${toLatin(first)}${chance.pick(['.', '_', ''])}${toLatin(last)}${mark}`;
  // The index in base 36 keeps addresses apart that would else be equal.
  const email = `${local}.${index.toString(36)}@${chance.pickPopular(mailDomains)}`;
  const registered = chance.chance(0.72);
  return {
    index, gender, first, middle, last,
    birthDate: `${birthYear}-${digits(chance.between(1, 12), 2)}-${digits(chance.between(1, 28), 2)}`,
    city: chance.chance(0.52) ? 'Казань' : 'Москва',
    phone: `+7${phoneCodes[index % 10] ?? '943'}${digits((Math.floor(index / 10) * 7_368_787 + 1_234_567) % 10_000_000, 7)}`,
    email: chance.chance(0.78) ? email : undefined,
    card: chance.chance(0.86) ? cardFrom(String(1_000_000 + index)) : undefined,
    userId: registered ? `u-${digits(index, 7)}` : undefined,
    telegram: chance.chance(0.24) ? String(700_000_000 + index) : undefined,
  }; // prettier-ignore
}

export function patronymic(father: string, gender: 'f' | 'm'): string {
  const [man, woman] = patronymicForms(father);
  return gender === 'f' ? woman : man;
}

const irregular: Readonly<Record<string, readonly [string, string]>> = {
  Илья: ['Ильич', 'Ильинична'],
  Никита: ['Никитич', 'Никитична'],
  Павел: ['Павлович', 'Павловна'],
  Пётр: ['Петрович', 'Петровна'],
  Лев: ['Львович', 'Львовна'],
  Михаил: ['Михайлович', 'Михайловна'],
};

function patronymicForms(father: string): readonly [string, string] {
  const known = irregular[father];
  if (known !== undefined) return known;
  if (/(?:ий|рий)$/.test(father)) {
    const stem = father.slice(0, -2);
    const soft = /[нлтр]$/.test(stem) && !/(?:тр|др)$/.test(stem) ? `${stem}ь` : `${stem}и`;
    return [`${soft}евич`, `${soft}евна`];
  }
  if (/[йь]$/.test(father)) return [`${father.slice(0, -1)}евич`, `${father.slice(0, -1)}евна`];
  return [`${father}ович`, `${father}овна`];
}

export function feminine(surname: string): string {
  if (/(?:ский|цкий)$/.test(surname)) return surname.replace(/ий$/, 'ая');
  if (/(?:ый|ой)$/.test(surname)) return surname.replace(/(?:ый|ой)$/, 'ая');
  return /(?:ов|ев|ёв|ин|ын)$/.test(surname) ? `${surname}а` : surname;
}

/** What a till or an operator makes of a name in a hurry: a short form, the other letter, no patronymic, a slip. */
export function misspell(chance: Chance, word: string): string {
  const way = chance.below(4);
  if (way === 0) return word.toUpperCase();
  if (way === 1) return word.replaceAll('ё', 'е');
  if (way === 2) return toLatin(word).replace(/^./u, (letter) => letter.toUpperCase());
  const at = chance.between(1, Math.max(1, word.length - 2));
  return `${word.slice(0, at)}${word[at + 1] ?? ''}${word[at] ?? ''}${word.slice(at + 2)}`;
}
